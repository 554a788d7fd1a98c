//! Errors as the daemon's socket has them.

use serde::{Deserialize, Serialize};

use super::Error;

/// The JSON in which the daemon refuses a request.
#[derive(Debug, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The error.
    #[serde(with = "described")]
    pub error: Error,
}

/// An error with its text: `{"code","details","message"}`.
mod described {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Error;

    #[derive(Serialize)]
    struct Described<'a> {
        #[serde(flatten)]
        error: &'a Error,
        message: String,
    }

    pub(super) fn serialize<S: Serializer>(error: &Error, s: S) -> Result<S::Ok, S::Error> {
        Described {
            error,
            message: error.to_string(),
        }
        .serialize(s)
    }

    /// A code that a newer daemon added still comes with its text.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Error, D::Error> {
        let mut value = serde_json::Value::deserialize(d)?;
        let message = value
            .as_object_mut()
            .and_then(|object| object.remove("message"));
        Ok(serde_json::from_value(value).unwrap_or_else(|unknown| {
            Error::protocol(
                message
                    .as_ref()
                    .and_then(|text| text.as_str())
                    .unwrap_or(&unknown.to_string()),
            )
        }))
    }
}

/// `null`, or an error with its text.
pub(crate) mod outcome {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{Error, described};

    struct Borrowed<'a>(&'a Error);

    impl Serialize for Borrowed<'_> {
        fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
            described::serialize(self.0, s)
        }
    }

    #[derive(Deserialize)]
    struct Owned(#[serde(with = "described")] Error);

    pub(crate) fn serialize<S: Serializer>(
        result: &Result<(), Error>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        result.as_ref().err().map(Borrowed).serialize(s)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Result<(), Error>, D::Error> {
        Ok(match Option::<Owned>::deserialize(d)? {
            Some(Owned(error)) => Err(error),
            None => Ok(()),
        })
    }
}

/// A system error as its text.
pub(super) mod system_error {
    use std::io;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer>(
        error: &io::Error,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_str(error)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<io::Error, D::Error> {
        String::deserialize(d).map(io::Error::other)
    }
}

impl From<Error> for ErrorBody {
    fn from(error: Error) -> Self {
        Self { error }
    }
}

impl From<ErrorBody> for Error {
    fn from(body: ErrorBody) -> Self {
        body.error
    }
}
