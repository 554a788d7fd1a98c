//! Publishes a name at one node and finds it from another: `cargo run --example
//! register_and_resolve`.
//!
//! Both nodes are in this process and speak over the loopback interface. With
//! `Pnrp::connect(None)` the same calls go to `pnrpd`.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example shows what it finds"
)]

use pnrp_api::{Config, Payload, Pnrp, Registration, ResolveRequest, ScopeFilter};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let publisher = Pnrp::embedded(Config::loopback(0)).await?;
    let registration = Registration::new("0.web")
        .endpoint("[::1]:8080/tcp".parse()?)
        .comment("an example")
        .payload(Payload::String("up to 4096 bytes".to_owned()));
    let mut published = publisher.register(registration).await?;
    for entry in published.entries() {
        println!("registered in {} as {}", entry.cloud, entry.pnrp_id);
    }

    let clouds = publisher.clouds(ScopeFilter::Any).await?;
    let peers = clouds.iter().flat_map(|cloud| cloud.listening());
    let resolver = Pnrp::embedded(peers.fold(Config::loopback(0), Config::peer)).await?;
    let found = resolver.resolve_first(ResolveRequest::new("0.web")).await?;
    println!("found at {}: {:?}", found.endpoints[0], found.payload);

    // An update says everything again: what is left out is gone.
    let moved = Registration::new("0.web").endpoint("[::1]:9090/tcp".parse()?);
    published.update(moved).await?;
    let found = resolver.resolve_first(ResolveRequest::new("0.web")).await?;
    println!("found at {}: {:?}", found.endpoints[0], found.payload);

    published.unregister().await?;
    Ok(())
}
