//! Publishes a name that nobody else can publish: it begins with the hash of a key.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example shows what it finds"
)]

use pnrp_api::{Config, Pnrp, Registration, ResolveRequest, ScopeFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Keys are kept in the state directory. `export_identity` takes one to another machine.
    let state = tempfile::tempdir()?;
    let publisher = Pnrp::embedded(Config::loopback(0).state_dir(state.path())).await?;
    let identity = publisher.new_identity(Some("web")).await?;
    let name = format!("{}.web", identity.authority);
    let registration = Registration::new(&name).endpoint("[::1]:8443/tcp".parse()?);
    let published = publisher.register(registration.clone()).await?;
    println!("registered {name}");

    let clouds = publisher.clouds(ScopeFilter::Any).await?;
    let peers = clouds.iter().flat_map(|cloud| cloud.listening());
    let other = Pnrp::embedded(peers.fold(Config::loopback(0), Config::peer)).await?;
    // A node without the key cannot publish the name, and is told so.
    match other.register(registration).await {
        Ok(_) => println!("anybody can publish it"),
        Err(refused) => println!("another node: {refused} ({:#x})", refused.hresult()),
    }
    let found = other.resolve_first(ResolveRequest::new(&name)).await?;
    println!(
        "found at {}, secure: {}, worth: {:?}",
        found.endpoints[0], found.secure, found.strength
    );

    published.unregister().await?;
    Ok(())
}
