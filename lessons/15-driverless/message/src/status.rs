//! The status of an answer.

use crate::numbers;

numbers! {
    /// The status of an answer (RFC 8011, appendix B, and the registry that
    /// goes on with it: "IPP Status Codes" at IANA).
    Status {
        /// All is done.
        Ok = 0x0000,
        /// Done, without some of the attributes.
        OkIgnoredOrSubstituted = 0x0001,
        /// The request is not one that IPP allows.
        BadRequest = 0x0400,
        /// Not allowed, and signing in does not help.
        Forbidden = 0x0401,
        /// Somebody has to sign in for that.
        NotAuthenticated = 0x0402,
        /// Whoever has signed in may not do that.
        NotAuthorized = 0x0403,
        /// Not in this state of the job or the printer.
        NotPossible = 0x0404,
        /// The client took too long.
        Timeout = 0x0405,
        /// There is no such job or printer.
        NotFound = 0x0406,
        /// More bytes than the printer takes.
        RequestEntityTooLong = 0x0408,
        /// A value is longer than IPP allows.
        RequestValueTooLong = 0x0409,
        /// A kind of document that the printer does not take.
        DocumentFormatNotSupported = 0x040A,
        /// An attribute cannot be honoured, and has to be.
        AttributesOrValuesNotSupported = 0x040B,
        /// A scheme that the printer does not know.
        UriSchemeNotSupported = 0x040C,
        /// A charset that the printer does not know.
        CharsetNotSupported = 0x040D,
        /// Two attributes contradict each other.
        ConflictingAttributes = 0x040E,
        /// A compression that the printer does not know.
        CompressionNotSupported = 0x040F,
        /// The compressed data is damaged.
        CompressionError = 0x0410,
        /// The document is not what its format says, or is damaged.
        DocumentFormatError = 0x0411,
        /// The document cannot be opened without its password.
        DocumentPasswordError = 0x0418,
        /// The document does not allow to be printed.
        DocumentPermissionError = 0x0419,
        /// The document cannot be printed, whatever its format.
        DocumentUnprintable = 0x041B,
        /// A quota is used up.
        AccountLimitReached = 0x041E,
        /// A fault of the program.
        InternalError = 0x0500,
        /// An operation that the printer does not know.
        OperationNotSupported = 0x0501,
        /// Not now: try again later.
        ServiceUnavailable = 0x0502,
        /// A version of IPP that the printer does not know.
        VersionNotSupported = 0x0503,
        /// The disk is full, or the like.
        TemporaryError = 0x0505,
        /// The printer takes no jobs.
        NotAcceptingJobs = 0x0506,
        /// Too much to do: try again later.
        Busy = 0x0507,
        /// The job was called off while its document came.
        JobCanceled = 0x0508,
        /// A second document for one job.
        MultipleDocumentJobsNotSupported = 0x0509,
        /// Too many jobs wait.
        TooManyJobs = 0x050B,
    }
}
