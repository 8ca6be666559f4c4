//! The lessons of the workspace, as their folders name them.

use std::fs;
use std::path::PathBuf;

use cargo_metadata::{MetadataCommand, Package};

use crate::root;

/// A lesson that exists: a folder `lessons/NN-topic`.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// Two digits, as in `lesson10`.
    pub number: String,
    /// The folder's name without its number, such as `job-queue`.
    pub topic: String,
}

impl Lesson {
    /// Every lesson, in order.
    pub fn all() -> Vec<Lesson> {
        let folders = fs::read_dir(root().join("lessons"))
            .expect("the workspace has lessons");
        let mut lessons: Vec<Lesson> = folders
            .filter_map(|entry| {
                let name = entry.ok()?.file_name().into_string().ok()?;
                let (number, topic) = name.split_once('-')?;
                Some(Lesson { number: number.into(), topic: topic.into() })
            })
            .collect();
        lessons.sort_by(|a, b| a.number.cmp(&b.number));
        assert!(!lessons.is_empty(), "no lesson was found");
        lessons
    }

    /// The name of the folders and of the chapter, such as `10-job-queue`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.number, self.topic)
    }

    /// The lesson itself.
    pub fn main(&self) -> PathBuf {
        root().join("lessons").join(self.name()).join("src/main.rs")
    }

    /// The reader's turn.
    pub fn exercise(&self) -> PathBuf {
        self.main().with_file_name(format!("bin/exercise{}.rs", self.number))
    }

    /// The exercise, done.
    pub fn solution(&self) -> PathBuf {
        root().join("solutions").join(self.name()).join("src/main.rs")
    }

    /// The check that both are compiled against.
    pub fn check(&self) -> PathBuf {
        root().join(format!("tests/exercise{}.rs", self.number))
    }

    /// The transcripts of the lesson: `lesson10.txt`, `lesson10-streams.txt`.
    pub fn transcripts(&self) -> Vec<PathBuf> {
        let own = format!("lesson{}", self.number);
        let mut files: Vec<PathBuf> =
            fs::read_dir(root().join("tests/transcripts"))
                .expect("tests/transcripts can be read")
                .filter_map(|entry| Some(entry.ok()?.path()))
                .filter(|file| {
                    let name = file.file_stem().and_then(|name| name.to_str());
                    let rest = name.and_then(|name| name.strip_prefix(&own));
                    rest.is_some_and(|it| it.is_empty() || it.starts_with('-'))
                })
                .collect();
        files.sort();
        files
    }

    /// The lesson's page in the book.
    pub fn chapter(&self) -> PathBuf {
        root().join(format!("book/src/{}.md", self.name()))
    }
}

/// The packages of the workspace, as cargo reads their manifests.
pub fn packages() -> Vec<Package> {
    MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .unwrap_or_else(|error| panic!("cargo metadata: {error}"))
        .packages
}
