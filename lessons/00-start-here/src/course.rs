//! The lessons, read from their folders and chapters.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::Result;

/// A lesson: its folder `lessons/NN-topic`, and what its chapter says.
pub struct Lesson {
    /// Two digits, as in `lesson10`.
    pub number: String,
    /// The folder's name, which is also the chapter's.
    pub folder: String,
    pub title: String,
    /// To read and run it, and for its exercise.
    pub minutes: (u32, u32),
    pub chapter: String,
}

impl Lesson {
    /// Every lesson that has a chapter, in order.
    pub fn all() -> Result<Vec<Lesson>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(root().join("lessons"))? {
            names.extend(entry?.file_name().into_string());
        }
        names.sort();
        Ok(names.into_iter().filter_map(Lesson::read).collect())
    }

    /// The lesson with this number: 4 and 04 are the same.
    pub fn find(number: &str) -> Result<Lesson> {
        let number = format!("{number:0>2}");
        let mut all = Lesson::all()?.into_iter();
        all.find(|lesson| lesson.number == number).ok_or_else(|| {
            format!(
                "There is no lesson {number}. They are listed by: \
                 cargo run --bin lesson00"
            )
            .into()
        })
    }

    fn read(folder: String) -> Option<Lesson> {
        let (number, _) = folder.split_once('-')?;
        let file = root().join(format!("book/src/{folder}.md"));
        let chapter = fs::read_to_string(file).ok()?.replace("\r\n", "\n");
        let title = chapter.lines().next()?.trim_start_matches('#').trim();
        // "*About 20 minutes, and 10 more for the exercise.*"
        let minutes = chapter.lines().find(|line| line.contains(" minutes"))?;
        let mut numbers = minutes
            .split(|c: char| !c.is_ascii_digit())
            .filter_map(|number| number.parse().ok());
        Some(Lesson {
            number: number.to_owned(),
            title: title.to_owned(),
            minutes: (numbers.next()?, numbers.next().unwrap_or(10)),
            folder,
            chapter,
        })
    }

    /// The reader's turn, from the workspace's root.
    pub fn exercise(&self) -> String {
        format!("lessons/{}/src/bin/exercise{}.rs", self.folder, self.number)
    }

    pub fn solution(&self) -> String {
        format!("solutions/{}/src/main.rs", self.folder)
    }

    /// The lines of the exercise that are still a `todo!()`: number and text.
    pub fn todos(&self) -> Result<Vec<(usize, String)>> {
        let source = fs::read_to_string(root().join(self.exercise()))?;
        let lines = source.lines().map(str::trim).enumerate();
        let todos = lines.filter(|(_, line)| {
            line.contains("todo!(")
                && !line.starts_with("//")
                && !line.starts_with("#!")
        });
        Ok(todos.map(|(at, line)| (at + 1, line.to_owned())).collect())
    }
}

/// The workspace around the folder that we were started in.
pub fn root() -> PathBuf {
    let here = env::current_dir().unwrap_or_default();
    let workspace = |folder: &&Path| {
        folder.join("lessons").is_dir() && folder.join("book/src").is_dir()
    };
    match here.ancestors().find(workspace) {
        Some(root) => root.to_owned(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
    }
}
