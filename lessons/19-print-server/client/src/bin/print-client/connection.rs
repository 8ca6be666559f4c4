//! The way to the server: whom to trust, and which key to show.

use std::error::Error;
use std::{env, fs};

use daemon::Key;
use print_client::{
    Client, ClientError, Trust, data_folders, find_key, is_this_machine,
};

use crate::arguments::Connection;

/// A client, and where a key was looked for in vain.
pub(crate) struct Connected {
    pub(crate) client: Client,
    looked: Option<String>,
}

impl Connected {
    /// A client for the server, with its key if there is one here.
    ///
    /// # Errors
    /// A [`ClientError`], or words about a key.
    pub(crate) fn new(
        connection: &Connection,
    ) -> Result<Connected, Box<dyn Error>> {
        let server = &connection.server;
        let trust = match &connection.ca {
            Some(file) => Trust::Only(file.clone()),
            None if is_this_machine(server) => Trust::Own(data_folders()),
            None => Trust::System,
        };
        let (client, looked) = match found_key(connection)? {
            FoundKey::Given(key) => {
                (Client::trusting(server, &trust)?.with_key(&key), None)
            }
            FoundKey::Own(key) => {
                (Client::with_own_key(server, &key, &trust)?, None)
            }
            FoundKey::None { looked } => {
                (Client::trusting(server, &trust)?, looked)
            }
        };
        Ok(Connected { client, looked })
    }

    /// An error of the client, in words for whoever sits here.
    pub(crate) fn words(&self, error: &ClientError) -> String {
        match &self.looked {
            Some(looked) if matches!(error, ClientError::SignIn { .. }) => {
                let ask = "Whoever administers the server can give you a copy";
                format!("{error}. I have looked: {looked}. {ask}")
            }
            _ => error.to_string(),
        }
    }
}

/// The key for the server.
enum FoundKey {
    /// A person named it, and means this server.
    Given(String),
    /// It was found where this machine's own server keeps it. It is sent to no
    /// other machine, and to nobody who cannot prove to have it.
    Own(Key),
    /// There is none, and the sentence says where it was looked for in vain.
    None { looked: Option<String> },
}

fn found_key(connection: &Connection) -> Result<FoundKey, Box<dyn Error>> {
    if let Some(path) = &connection.key_file {
        let key = fs::read_to_string(path).map_err(|error| {
            format!("cannot read the key in {}: {error}", path.display())
        })?;
        return Ok(FoundKey::Given(key.trim().to_owned()));
    }
    match env::var("PRINT_SERVER_KEY") {
        Ok(key) if !key.trim().is_empty() => {
            return Ok(FoundKey::Given(key));
        }
        _ => {}
    }
    if !is_this_machine(&connection.server) {
        return Ok(FoundKey::None { looked: None });
    }
    Ok(match find_key(&data_folders())? {
        Ok(key) => FoundKey::Own(key),
        Err(looked) => FoundKey::None { looked: Some(looked) },
    })
}
