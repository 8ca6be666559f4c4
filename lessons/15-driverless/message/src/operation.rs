//! The operations that the printer knows.

use crate::numbers;

numbers! {
    /// An operation that the printer knows (RFC 8011, section 5.4.15, and the
    /// registry that goes on with it: "Operations" at IANA). The printer lists
    /// them all in `operations-supported`.
    Operation {
        /// Prints one document.
        PrintJob = 0x0002,
        /// Says whether a job would be taken.
        ValidateJob = 0x0004,
        /// Makes a job whose document comes later.
        CreateJob = 0x0005,
        /// Brings it.
        SendDocument = 0x0006,
        /// Calls a job off.
        CancelJob = 0x0008,
        /// Tells of a job.
        GetJobAttributes = 0x0009,
        /// Lists jobs.
        GetJobs = 0x000A,
        /// Tells of the printer.
        GetPrinterAttributes = 0x000B,
        /// Keeps a job from being printed.
        HoldJob = 0x000C,
        /// Lets it be printed after all.
        ReleaseJob = 0x000D,
        /// Prints a job again that did not come to a good end.
        RestartJob = 0x000E,
        /// Stops the printing.
        PausePrinter = 0x0010,
        /// Goes on with it.
        ResumePrinter = 0x0011,
        /// Calls off jobs of anybody.
        CancelJobs = 0x0038,
        /// Calls off jobs of one's own.
        CancelMyJobs = 0x0039,
        /// Makes a new job of the document of an old one.
        ResubmitJob = 0x003A,
        /// Says that no more documents come for a job.
        CloseJob = 0x003B,
        /// Shows which printer this is.
        IdentifyPrinter = 0x003C,
    }
}
