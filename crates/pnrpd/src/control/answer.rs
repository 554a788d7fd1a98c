//! JSON in, JSON out.

use axum::{
    body::{Body, Bytes},
    extract::rejection::BytesRejection,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use pnrp_api::{Error, ErrorBody};
use serde::{Serialize, de::DeserializeOwned};

/// An error as an HTTP response.
pub(super) struct Refusal(Error);

impl<E: Into<Error>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        json(status(&self.0), &ErrorBody { error: self.0 })
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::InvalidName { .. }
        | Error::ClassifierTooLong { .. }
        | Error::InvalidClassifier { .. }
        | Error::CannotConvertName { .. }
        | Error::InvalidHostName { .. }
        | Error::InvalidFriendlyName { .. }
        | Error::CloudNameAmbiguous { .. }
        | Error::InvalidEndpoint { .. }
        | Error::InvalidHost { .. }
        | Error::NoSeed { .. }
        | Error::InvalidComment { .. }
        | Error::InvalidPayload { .. }
        | Error::InvalidEndpoints { .. }
        | Error::InvalidTimeout { .. }
        | Error::IdentityRefused { .. }
        | Error::ImportRefused { .. }
        | Error::InvalidKey { .. }
        | Error::InvalidChain { .. }
        | Error::UpdateRefused { .. }
        | Error::InvalidRequest { .. } => StatusCode::BAD_REQUEST,
        Error::ForeignAuthority { .. }
        | Error::DelegationRefused { .. }
        | Error::RegistrationOfAnother { .. }
        | Error::CloudDisabled { .. }
        | Error::CloudIsResolveOnly { .. } => StatusCode::FORBIDDEN,
        Error::CloudNotFound { .. }
        | Error::IdentityNotFound { .. }
        | Error::RegistrationNotFound { .. }
        | Error::NotFound { .. } => StatusCode::NOT_FOUND,
        Error::DuplicateName { .. }
        | Error::CloudInUse { .. }
        | Error::TooManyIdentities { .. }
        | Error::IdentityExists { .. }
        | Error::IdentityInUse { .. } => StatusCode::CONFLICT,
        Error::CloudUnavailable { .. }
        | Error::NoClouds { .. }
        | Error::NoIpv6
        | Error::TooMuchLoad { .. }
        | Error::StateUnusable { .. }
        | Error::Closed => StatusCode::SERVICE_UNAVAILABLE,
        Error::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
        Error::NoIdentity { .. }
        | Error::TimedOut { .. }
        | Error::Alone { .. }
        | Error::NoAnswer { .. }
        | Error::DaemonUnavailable { .. }
        | Error::UnsupportedVersion { .. }
        | Error::Protocol { .. }
        | _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], line(value)).into_response()
}

/// One object a line, as they come.
pub(super) fn ndjson(lines: impl Stream<Item = Bytes> + Send + 'static) -> Response {
    use futures_util::StreamExt as _;

    let body = Body::from_stream(lines.map(Ok::<_, std::convert::Infallible>));
    ([(CONTENT_TYPE, "application/x-ndjson")], body).into_response()
}

/// JSON and a line feed. Nothing here has a map with keys that are not text, so it cannot fail.
pub(super) fn line(value: &impl Serialize) -> Bytes {
    let mut line = serde_json::to_vec(value).unwrap_or_default();
    line.push(b'\n');
    line.into()
}

/// Reads a request whatever its content type says, as `curl --data` gives another.
pub(super) fn parse<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>) -> Result<T, Error> {
    let body = body.map_err(|error| Error::InvalidRequest {
        reason: error.body_text(),
    })?;
    serde_json::from_slice(&body).map_err(|error| Error::InvalidRequest {
        reason: error.to_string(),
    })
}
