//! Passes a short secret text by a spoken password, as Remote Assistance's Easy Connect does
//! (\[MS-RAIOP\] §3.1 and §3.2).
//!
//! ```text
//! easy_connect publish PASSWORD FILE    publishes the file's bytes for half an hour
//! easy_connect find PASSWORD            prints them
//! easy_connect                          does both over loopback
//! ```
//!
//! The first two talk to `pnrpd` and use the global cloud, the only one that Easy Connect knows.
//! The bytes are published as they are: encrypting the connection string with the key that
//! \[MS-RAIOP\] §3.1.5.2 derives is up to the caller, and necessary, for anybody who knows the name
//! can fetch them, and anybody can publish an unsecured name.

#![expect(clippy::print_stdout, reason = "an example shows what it finds")]

mod name;

use std::{env, fs, io::Write as _, time::Duration};

use name::{hour, peer_name};
use pnrp_api::{
    CloudSelector, Config, Error, Payload, Pnrp, Registration, RegistrationHandle, ResolveRequest,
    ScopeFilter,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let global = CloudSelector::Named("Global_".to_owned());
    match arguments.as_slice() {
        ["publish", password, file] => {
            let pnrp = Pnrp::connect(None).await?;
            let published = publish(&pnrp, password, fs::read(file)?, global).await?;
            tokio::time::sleep(LIFETIME).await;
            published.unregister().await?;
        }
        ["find", password] => {
            let pnrp = Pnrp::connect(None).await?;
            let found = find(&pnrp, password, global).await?;
            std::io::stdout().write_all(&found)?;
        }
        [] => demonstrate().await?,
        _ => return Err("say `publish PASSWORD FILE`, `find PASSWORD`, or nothing".into()),
    }
    Ok(())
}

async fn demonstrate() -> Result<(), Box<dyn std::error::Error>> {
    let publisher = Pnrp::embedded(Config::loopback(0)).await?;
    let all = || CloudSelector::All;
    let published = publish(&publisher, "XVY3PH", b"sealed".to_vec(), all()).await?;

    let clouds = publisher.clouds(ScopeFilter::Any).await?;
    let peers = clouds.iter().flat_map(|cloud| cloud.listening());
    let finder = Pnrp::embedded(peers.fold(Config::loopback(0), Config::peer)).await?;
    let found = find(&finder, "XVY3PH", all()).await?;
    println!("found {:?}", String::from_utf8_lossy(&found));
    published.unregister().await?;
    Ok(())
}

/// Publishes under the name of this hour.
async fn publish(
    pnrp: &Pnrp,
    password: &str,
    sealed: Vec<u8>,
    cloud: CloudSelector,
) -> Result<RegistrationHandle, Error> {
    let registration = Registration::new(peer_name(password, hour()))
        .payload(Payload::Binary(sealed))
        .cloud(cloud);
    pnrp.register(registration).await
}

/// Looks under the name of this hour, then of the last and of the next: the publisher may have
/// begun in another, and clocks differ.
async fn find(pnrp: &Pnrp, password: &str, cloud: CloudSelector) -> Result<Vec<u8>, Error> {
    let now = hour();
    let mut outcome = Err(Error::NotFound {
        name: peer_name(password, now),
    });
    for hour in [now, now.saturating_sub(1), now + 1] {
        let request = ResolveRequest::new(peer_name(password, hour)).cloud(cloud.clone());
        match pnrp.resolve_first(request).await {
            Ok(found) => return Ok(bytes(found.payload)),
            error => outcome = error,
        }
    }
    outcome.map(|found| bytes(found.payload))
}

fn bytes(payload: Option<Payload>) -> Vec<u8> {
    match payload {
        Some(Payload::Binary(bytes)) => bytes,
        Some(Payload::String(text)) => text.into_bytes(),
        None => Vec::new(),
    }
}

/// How long the name is published at most.
const LIFETIME: Duration = Duration::from_secs(30 * 60);
