//! Registers and resolves from a thread that runs no async code.

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "an example shows what it finds"
)]

use pnrp_api::{
    Config, Registration, ResolveCriteria, ResolveEvent, ResolveRequest, blocking::Pnrp,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let pnrp = Pnrp::embedded(Config::loopback(0))?;
    let registration = Registration::new("0.web").endpoint("[::1]:8080/tcp".parse()?);
    let published = pnrp.register(registration)?;

    // By default the names of this very process do not count.
    let request = ResolveRequest::new("0.web").criteria(ResolveCriteria::AnyPeerName);
    for event in pnrp.resolve(request)? {
        if let ResolveEvent::Found(found) = event {
            println!("found at {}", found.endpoints[0]);
        }
    }
    for name in pnrp.names()? {
        println!(
            "{} is registered in {} as {}",
            name.name, name.cloud, name.id
        );
    }
    published.unregister()?;
    pnrp.close();
    Ok(())
}
