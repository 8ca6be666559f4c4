//! What is asked of the printer itself.

use ipp::model::DelimiterTag;

use super::Dialogue;
use crate::printer_attributes::printer_attributes;
use crate::{Refusal, Spooler};
use ipp_message::answer::Answer;
use ipp_message::values::attribute;

/// The longest message on the printer's display, in characters.
const LONGEST_MESSAGE: usize = 255;

impl<S: Spooler> Dialogue<S> {
    /// Get-Printer-Attributes (RFC 8011, section 4.2.5).
    pub(super) async fn get_printer_attributes(
        &self,
    ) -> Result<Answer, Refusal> {
        self.check_printer()?;
        let condition = self.blocking(|spooler| spooler.condition()).await?;
        let moments = self.printer.moments(&condition);
        let attributes = printer_attributes(
            &self.request,
            &self.printer.description,
            &condition,
            &self.urls,
            moments,
        )?;
        Ok(Answer::ok().with(DelimiterTag::PrinterAttributes, attributes))
    }

    /// Pause-Printer (RFC 8011, section 4.2.7).
    pub(super) async fn pause_printer(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        self.check_operator()?;
        self.blocking(|spooler| spooler.pause()).await?;
        Ok(Answer::ok())
    }

    /// Resume-Printer (RFC 8011, section 4.2.8).
    pub(super) async fn resume_printer(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        self.check_operator()?;
        self.blocking(|spooler| spooler.resume()).await?;
        Ok(Answer::ok())
    }

    /// Identify-Printer (PWG 5100.13, section 5.1).
    pub(super) async fn identify_printer(&self) -> Result<Answer, Refusal> {
        self.check_printer()?;
        let mut unsupported = Vec::new();
        let actions = self.request.words("identify-actions")?;
        if actions.iter().any(|action| *action != "display")
            && let Some(value) = self.request.get("identify-actions")
        {
            unsupported.push(attribute("identify-actions", value.clone()));
        }
        let message = self.request.word("message")?.unwrap_or_default();
        let message = safe_text::plain(message, LONGEST_MESSAGE);
        self.blocking(move |spooler| spooler.identify(&message)).await?;
        Ok(Answer::ok().without(unsupported))
    }
}
