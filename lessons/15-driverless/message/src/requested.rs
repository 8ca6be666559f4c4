//! The attributes that a client asks for, by name or by group.

use crate::Refusal;
use crate::request::Request;

/// The group that an attribute belongs to (RFC 8011, sections 4.2.5.1 and
/// 4.3.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// How a job is printed.
    JobTemplate,
    /// What a job or a printer is.
    Description,
    /// So long that it is sent only when asked for by name.
    OnlyByName,
}

/// The attributes that a client asks for.
pub struct Requested<'r> {
    /// Names of attributes and of groups.
    names: Vec<&'r str>,
    /// The group of all descriptions, as it is called here.
    description: &'static str,
}

impl<'r> Requested<'r> {
    /// Those in `requested-attributes`, or `default` when there are none.
    pub fn read(
        request: &'r Request,
        description: &'static str,
        default: &[&'r str],
    ) -> Result<Requested<'r>, Refusal> {
        let mut names = request.words("requested-attributes")?;
        if names.is_empty() {
            names = default.to_vec();
        }
        Ok(Requested { names, description })
    }

    /// Whether this attribute is among them.
    pub fn contains(&self, name: &str, group: Group) -> bool {
        self.names.iter().any(|asked| match *asked {
            "all" => group != Group::OnlyByName,
            "job-template" => group == Group::JobTemplate,
            asked if asked == self.description => group == Group::Description,
            asked => asked == name,
        })
    }
}
