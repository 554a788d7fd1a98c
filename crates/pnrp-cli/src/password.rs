//! Where passwords come from: a file, the environment, or whoever sits at the terminal. Never the
//! command line, which other users of a machine can read.

use std::{
    env,
    io::{self, IsTerminal as _},
    path::Path,
};

use crate::{args::PasswordFile, failure::Failure, files};

/// The password of something that exists.
pub(crate) fn existing(given: &PasswordFile) -> Result<String, Failure> {
    match given_or_set(given)? {
        Some(password) => Ok(password),
        None => prompt("Password: "),
    }
}

/// The password to protect something with. One that nobody sees is typed twice.
pub(crate) fn new(given: &PasswordFile) -> Result<String, Failure> {
    let password = match given_or_set(given)? {
        Some(password) => password,
        None => {
            let password = prompt("New password: ")?;
            if prompt("The same again: ")? != password {
                return Err(Failure::Other(
                    "the two passwords differ; try again".to_owned(),
                ));
            }
            password
        }
    };
    if password.is_empty() {
        let text = "the password is empty and would protect nothing; give another";
        return Err(Failure::Other(text.to_owned()));
    }
    Ok(password)
}

fn given_or_set(given: &PasswordFile) -> Result<Option<String>, Failure> {
    if let Some(path) = &given.password_file {
        return from_file(path).map(Some);
    }
    match env::var(VARIABLE) {
        Ok(password) => Ok(Some(password)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(Failure::Other(format!(
            "{VARIABLE} is not UTF-8; give a --password-file"
        ))),
    }
}

/// One line, without its end.
fn from_file(path: &Path) -> Result<String, Failure> {
    let refused = |what: &str| {
        let path = path.display();
        Failure::Other(format!(
            "{path} {what}; give a file whose one line is the password"
        ))
    };
    let bytes = files::read(path, MAX_PASSWORD)?;
    let text = String::from_utf8(bytes).map_err(|_| refused("is not UTF-8"))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.contains(['\n', '\r']) {
        return Err(refused("has more than one line"));
    }
    Ok(line.to_owned())
}

/// Asks at the terminal, even where standard input or output is a pipe.
fn prompt(question: &str) -> Result<String, Failure> {
    let refused = |reason: &str| {
        Failure::Other(format!(
            "a password is needed{reason}; give a --password-file, or set {VARIABLE}"
        ))
    };
    if !io::stdin().is_terminal() && !io::stderr().is_terminal() {
        return Err(refused(", and there is no terminal to ask at"));
    }
    rpassword::prompt_password(question)
        .map_err(|error| refused(&format!(", and the terminal does not give one: {error}")))
}

const VARIABLE: &str = "PNRP_PASSWORD";
/// Bytes of a file with a password.
const MAX_PASSWORD: usize = 4_096;
