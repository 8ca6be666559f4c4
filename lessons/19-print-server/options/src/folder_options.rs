//! The options of one watched folder: a table `[folders.NAME]` in the
//! configuration.

use std::collections::BTreeMap;
use std::path::{self, PathBuf};

use daemon::config::ConfigFile;
use relay::JobOptions;
use serde::Deserialize;
use serde_json::Value;

use crate::options::Options;

/// The table of the configuration that holds the watched folders.
const TABLE: &str = "folders";

// ANCHOR: options
/// A folder whose files are printed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct FolderOptions {
    /// The folder's name: that of the table, or its path.
    #[serde(skip)]
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// The account whose jobs they become; they are nobody's by name when
    /// absent.
    pub user: Option<String>,
    /// How its files are printed: fields of the upload form, such as `printer`
    /// or `copies`.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Value>,
}
// ANCHOR_END: options

impl FolderOptions {
    /// How its files are printed.
    ///
    /// # Errors
    /// A field that there is not, or a value that it cannot have.
    pub fn job_options(&self) -> Result<JobOptions, String> {
        let mut options = JobOptions::default();
        for (name, value) in &self.fields {
            let value = match value {
                Value::String(text) => text.clone(),
                Value::Bool(_) | Value::Number(_) => value.to_string(),
                _ => return Err(format!("{name} must be a plain value")),
            };
            let field = (name.clone(), value);
            options.set(&field).map_err(|refusal| refusal.to_string())?;
        }
        Ok(options)
    }
}

impl Options {
    /// Takes the watched folders out of the tables `[folders.NAME]` of the
    /// configuration, and adds those of `--watch`.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub fn read_folders(&mut self, file: &ConfigFile) -> Result<(), String> {
        let tables = file.tables::<FolderOptions>(TABLE);
        let tables = tables.map_err(|error| error.to_string())?;
        self.folders.clear();
        for (name, mut folder) in tables {
            folder.path = path::absolute(&folder.path)
                .map_err(|error| format!("[{TABLE}.{name}]: {error}"))?;
            folder
                .job_options()
                .map_err(|why| format!("[{TABLE}.{name}]: {why}"))?;
            folder.name = name;
            self.folders.push(folder);
        }
        for path in &self.watch {
            let path = path::absolute(path)
                .map_err(|error| format!("--watch: {error}"))?;
            self.folders.push(FolderOptions {
                name: path.display().to_string(),
                path,
                user: None,
                fields: BTreeMap::new(),
            });
        }
        let paths = self.folders.iter().map(|folder| &folder.path);
        let mut paths: Vec<&PathBuf> = paths.collect();
        paths.sort();
        match paths.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                Err(format!("{} is to be watched twice", pair[0].display()))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, watch: &[&str]) -> Result<Options, String> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), text).expect("written");
        let file = ConfigFile::read(file.path(), &[], &[TABLE]);
        let watch = watch.iter().map(PathBuf::from).collect();
        let mut options = Options { watch, ..Options::default() };
        options.read_folders(&file.map_err(|error| error.to_string())?)?;
        Ok(options)
    }

    #[test]
    fn a_folder_has_the_fields_of_the_upload_form() {
        let options = read(
            "[folders.scans]\n\
             path = '/srv/scans'\n\
             user = 'egon'\n\
             copies = 2\n\
             duplex = true\n\
             pages = '2-3'\n",
            &["/srv/more"],
        )
        .expect("two folders");
        let [scans, more] = options.folders.as_slice() else {
            panic!("two folders: {:?}", options.folders)
        };
        assert_eq!(scans.name, "scans");
        assert_eq!(scans.user.as_deref(), Some("egon"));
        let job = scans.job_options().expect("good");
        assert_eq!((job.copies, job.pages.as_deref()), (2, Some("2-3")));
        assert_ne!(job.duplex, driver::Duplex::Off);
        assert_eq!(more.path, PathBuf::from("/srv/more"));
        assert_eq!(more.user, None);
    }

    #[test]
    fn what_is_wrong_with_a_folder_is_said_with_its_name() {
        let path = "path = '/srv/scans'\n";
        for (text, words) in [
            ("[folders.a]\n".to_owned(), "path"),
            (format!("[folders.a]\n{path}copies = 0\n"), "1 to 999"),
            (format!("[folders.a]\n{path}copys = 1\n"), "copys"),
            (format!("[folders.a]\n{path}pages = [2]\n"), "plain value"),
            (format!("[folders.a]\n{path}[folders.b]\n{path}"), "twice"),
        ] {
            let error = read(&text, &[]).expect_err(&text);
            assert!(error.contains(words), "{error}");
        }
        assert!(read("", &["/srv/a", "/srv/a"]).is_err());
    }
}
