//! A `Cloud` under random datagrams, timeouts, commands and late signatures.
//!
//! The input is a list of steps, a byte each and what the step needs. Some steps answer what the
//! cloud has sent as an honest peer would; without them no random byte gets past an
//! acknowledged message ID or a nonce. After every step every invariant holds, what is sent can be
//! decoded, and after a timeout the next deadline lies ahead.

#![no_main]

mod script;

use std::{
    collections::{BTreeMap, VecDeque},
    net::Ipv6Addr,
    sync::Arc,
    time::{Duration, Instant},
};

use libfuzzer_sys::fuzz_target;
use pnrp_node::{
    cloud::{
        Cloud, CloudConfig, CryptoJob, Datagram, JobId, Limits, LocalNames, Now, OwnerId,
        Registration, RegistrationId, RegistrationUpdate, ResolveId, ResolveRequest, Scope, Seed,
        Sources,
    },
    ssdp,
};
use pnrp_wire::{AppEndpoint, Dialect, Endpoint, FileTime, Message, Payload, SearchCriteria};

use script::{Script, StubKey, peer_endpoint, peer_name};

fuzz_target!(|input: &[u8]| {
    let mut script = Script::new(input);
    let mut world = World::open(script.byte());
    while let Some(step) = script.next() {
        world.step(step, &mut script);
        world.drain();
        world.check();
    }
});

const LOCAL: Endpoint = Endpoint {
    address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xffff),
    port: 3540,
};

/// Where the host may move to.
const ELSEWHERE: Endpoint = Endpoint {
    address: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0xfffe),
    port: 3540,
};

/// Small, so that a short input reaches them.
const LIMITS: Limits = Limits {
    cache: 8,
    pending: 8,
    outgoing_conversations: 2,
    incoming_conversations: 2,
    admissions: 3,
    reassembly: 2,
    reassembly_bytes: 4_096,
    resolves: 3,
    registrations: 4,
    crypto_jobs: 3,
    inquirers: 4,
    round_trips: 4,
    former_peers: 2,
    lost: 2,
};

struct World {
    cloud: Cloud,
    now: Now,
    /// What the cloud has sent lately, for peers to answer: to whom, and the bytes.
    sent: VecDeque<(Endpoint, Vec<u8>)>,
    jobs: VecDeque<(JobId, CryptoJob)>,
    registered: Vec<RegistrationId>,
    resolving: Vec<ResolveId>,
}

impl World {
    fn open(seed: u8) -> Self {
        let now = Now {
            instant: Instant::now(),
            utc: FileTime(0x01d0_0000_0000_0000),
        };
        let mut sources = Sources::default();
        sources.has_ssdp = seed & 1 != 0;
        sources.seeds = vec![
            Seed::Name("seed".to_owned(), 3540),
            Seed::Address(peer_endpoint(1)),
        ];
        let config = CloudConfig::new(Scope::LinkLocal)
            .with_sources(sources)
            .with_limits(LIMITS)
            .with_peers(vec![peer_endpoint(0)])
            .with_verifier(Arc::new(StubKey));
        let cloud = Cloud::open(config, vec![LOCAL], [seed; 32], now).expect("one address");
        Self {
            cloud,
            now,
            sent: VecDeque::new(),
            jobs: VecDeque::new(),
            registered: Vec::new(),
            resolving: Vec::new(),
        }
    }

    fn step(&mut self, step: u8, script: &mut Script<'_>) {
        match step % 16 {
            0 => {
                let (from, bytes) = (peer_endpoint(script.byte()), script.bytes());
                self.receive(from, bytes);
            }
            1 => self.echo_damaged(script),
            2 | 3 => self.wait(script.byte()),
            4 => self.register(script.byte()),
            5 => self.resolve(script.byte(), script.byte()),
            6 => self.undo(script.byte()),
            7 => self
                .cloud
                .handle_discovered(peer_endpoint(script.byte()), self.now),
            8 => self.finish_job(),
            9 | 10 => self.answer(script),
            11 => self.update(script.byte()),
            12 => self.move_to(script.byte()),
            13 => self.come_or_go(script.byte()),
            14 => self.tell_of_others(script),
            _ => {
                let peer = script.byte();
                let question = script::question(peer, script, &self.own_ids());
                self.receive(peer_endpoint(peer), &question);
            }
        }
    }

    fn receive(&mut self, from: Endpoint, payload: &[u8]) {
        let datagram = Datagram {
            from,
            to: LOCAL,
            payload,
        };
        self.cloud.handle_datagram(datagram, self.now);
    }

    /// A message comes back with one byte changed.
    fn echo_damaged(&mut self, script: &mut Script<'_>) {
        let Some((to, mut bytes)) = self.sent.pop_back() else {
            return;
        };
        let at = usize::from(script.byte()) % bytes.len();
        bytes[at] ^= script.byte();
        self.receive(to, &bytes);
    }

    /// Time passes, in tenths of a second.
    fn wait(&mut self, tenths: u8) {
        self.now.instant += Duration::from_millis(100 * u64::from(tenths));
        self.now.utc = FileTime(self.now.utc.0 + 1_000_000 * u64::from(tenths));
        self.cloud.handle_timeout(self.now);
        assert!(
            self.cloud.poll_timeout() > self.now.instant,
            "the deadline has passed already"
        );
    }

    fn register(&mut self, choice: u8) {
        let endpoint = AppEndpoint {
            address: LOCAL.address,
            port: u16::from(choice),
            protocol: 6,
        };
        let registration = Registration {
            name: peer_name(choice),
            signer: Arc::new(StubKey),
            cert_chain: None,
            binds: false,
            endpoints: vec![endpoint],
            comment: None,
            payload: (choice & 0x10 != 0)
                .then(|| Payload::binary(vec![choice; 1_200]).expect("fits")),
            location_prefix: None,
            lifetime: Duration::from_secs(86_400),
            owner: OwnerId(u64::from(choice >> 6)),
        };
        self.registered
            .extend(self.cloud.register(registration, self.now));
    }

    fn resolve(&mut self, choice: u8, criteria: u8) {
        let max = usize::from(criteria >> 4);
        let criteria = match criteria % 5 {
            0 => SearchCriteria::Exact,
            1 => SearchCriteria::AnyPeerName,
            2 => SearchCriteria::NearestPeerName,
            3 => SearchCriteria::Nearest64PeerName,
            _ => SearchCriteria::UpperBits(u16::from(choice)),
        };
        let local = match choice >> 6 {
            0 => LocalNames::Include,
            1 => LocalNames::ExcludeOwner(OwnerId(0)),
            _ => LocalNames::Exclude,
        };
        let request = ResolveRequest {
            name: peer_name(choice),
            criteria,
            local,
            location_prefix: None,
            max,
            timeout: Duration::from_secs(30),
        };
        self.resolving.extend(self.cloud.resolve(request, self.now));
    }

    fn update(&mut self, choice: u8) {
        let endpoint = AppEndpoint {
            address: LOCAL.address,
            port: u16::from(choice),
            protocol: 17,
        };
        let update = RegistrationUpdate {
            endpoints: vec![endpoint; usize::from(choice >> 5)],
            comment: None,
            payload: None,
        };
        if let Some(id) = self.registered.last() {
            // A change that is refused changes nothing, which the invariants say.
            let _ = self.cloud.update(*id, update);
        }
    }

    /// The host has other addresses, or none.
    fn move_to(&mut self, choice: u8) {
        let endpoints = match choice % 4 {
            0 => Vec::new(),
            1 => vec![LOCAL],
            2 => vec![ELSEWHERE],
            _ => vec![LOCAL, ELSEWHERE],
        };
        let is_open = !self.cloud.is_closed();
        let moved = self.cloud.set_endpoints(endpoints.clone(), self.now);
        assert_eq!(moved.is_ok(), is_open);
        if is_open {
            assert_eq!(self.cloud.endpoints(), endpoints);
        }
    }

    /// One user of the cloud more, or one less, or something that an administrator asks.
    fn come_or_go(&mut self, choice: u8) {
        if choice & 0x80 != 0 {
            return self.administer(choice);
        }
        let before = self.cloud.open_count();
        if choice & 1 == 0 {
            // A cloud that is leaving has none and takes none.
            let more = u32::from(self.cloud.reopen().is_ok());
            assert_eq!(self.cloud.open_count(), before + more);
        } else {
            let is_open = before > 0;
            assert_eq!(self.cloud.release(self.now).is_ok(), is_open);
            assert_eq!(self.cloud.open_count(), before - u32::from(is_open));
        }
    }

    fn administer(&mut self, choice: u8) {
        match choice % 8 {
            0 => self.cloud.activate(self.now),
            1 => {
                self.cloud.flush_cache(self.now);
                assert!(self.cloud.cache().is_empty());
            }
            2 => self.cloud.repair(self.now),
            3 => {
                self.cloud.synchronize_with_seed(self.now);
            }
            _ => {
                // One that is refused has sent nothing.
                let _ = self.cloud.ping(peer_endpoint(choice), self.now);
            }
        }
    }

    /// What the network says of other nodes, apart from PNRP.
    fn tell_of_others(&mut self, script: &mut Script<'_>) {
        let choice = script.byte();
        if choice & 1 == 0 {
            let address = peer_endpoint(choice).address;
            let addresses = BTreeMap::from([("seed".to_owned(), vec![address])]);
            self.cloud.handle_seed_addresses(&addresses, self.now);
            return;
        }
        let (target, node) = (ssdp::search_target(Scope::LinkLocal), peer_endpoint(choice));
        if choice & 4 != 0 {
            let notification = match choice & 2 {
                0 => ssdp::notification(target, node, ssdp::Presence::Alive),
                _ => script.bytes().to_vec(),
            };
            self.cloud.handle_ssdp_notification(&notification, self.now);
            return;
        }
        let response = match choice & 2 {
            0 => ssdp::answer(target, node),
            _ => script.bytes().to_vec(),
        };
        self.cloud.handle_ssdp_response(&response, self.now);
    }

    /// Takes a registration or a resolve back.
    fn undo(&mut self, choice: u8) {
        if choice & 1 == 0
            && let Some(id) = self.registered.pop()
        {
            self.cloud.unregister(id, self.now);
        } else if let Some(id) = self.resolving.pop() {
            self.cloud.cancel(id);
        }
    }

    fn finish_job(&mut self) {
        if let Some((id, job)) = self.jobs.pop_front() {
            self.cloud.handle_crypto(id, job.run(), self.now);
        }
    }

    /// A peer answers as it should.
    fn answer(&mut self, script: &mut Script<'_>) {
        let Some((to, bytes)) = self.sent.pop_front() else {
            return;
        };
        let message = Message::decode(&bytes, self.cloud.dialect()).expect("checked when sent");
        for reply in script::answers(&message, script, self.now.utc) {
            self.receive(to, &reply);
        }
    }

    fn own_ids(&self) -> Vec<pnrp_wire::PnrpId> {
        let registrations = self.cloud.registrations();
        registrations.map(|(_, local)| local.pnrp_id()).collect()
    }

    fn drain(&mut self) {
        while let Some(transmit) = self.cloud.poll_transmit() {
            assert!(self.cloud.endpoints().contains(&transmit.from));
            let decoded = Message::decode(&transmit.payload, &Dialect::default());
            assert!(decoded.is_ok(), "sent {transmit:?}: {decoded:?}");
            self.sent.push_back((transmit.to, transmit.payload));
        }
        let forgotten = self.sent.len().saturating_sub(32);
        self.sent.drain(..forgotten);
        self.jobs
            .extend(std::iter::from_fn(|| self.cloud.poll_crypto()));
        while self.cloud.poll_event().is_some() {}
    }

    fn check(&self) {
        self.cloud.check().expect("an invariant does not hold");
        assert!(
            self.jobs.len() <= LIMITS.crypto_jobs,
            "{} jobs",
            self.jobs.len()
        );
    }
}
