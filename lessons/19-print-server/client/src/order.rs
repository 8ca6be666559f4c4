//! What a person asks for besides the document.

use reqwest::blocking::multipart::Form;

/// What a person asks for besides the document.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Which pages, such as `3-7,10`; all when absent.
    pub pages: Option<String>,
    /// How many copies; 0 counts as 1.
    pub copies: u16,
    /// `long-edge`, `short-edge`, or one-sided when absent.
    pub duplex: Option<String>,
    /// Grey instead of colour.
    pub grey: bool,
    /// The paper, such as `A4`; when absent, the loaded one that fits best.
    pub media: Option<String>,
    /// The printer; when absent, the server's first.
    pub printer: Option<String>,
    /// The user who asks.
    pub user: String,
    /// Wait on the server until somebody releases it.
    pub hold: bool,
    /// Further fields of the server's form, such as `staple`, with their
    /// values.
    pub fields: Vec<(String, String)>,
}

impl Order {
    /// The form that says all this.
    pub(crate) fn form(&self) -> Form {
        let copies = self.copies.max(1).to_string();
        let mut form = Form::new()
            .text("user", self.user.clone())
            .text("copies", copies)
            .text("color", (!self.grey).to_string())
            .text("hold", self.hold.to_string());
        let wishes = [
            ("pages", &self.pages),
            ("duplex", &self.duplex),
            ("media", &self.media),
            ("printer", &self.printer),
        ];
        for (name, wish) in wishes {
            if let Some(wish) = wish {
                form = form.text(name, wish.clone());
            }
        }
        for (name, value) in &self.fields {
            form = form.text(name.clone(), value.clone());
        }
        form
    }
}
