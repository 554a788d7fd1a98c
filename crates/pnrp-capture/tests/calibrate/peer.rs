//! Publishers that speak any dialect.

use std::{
    net::{Ipv6Addr, SocketAddrV6},
    sync::OnceLock,
};

use pnrp_capture::Datagram;
use pnrp_identity::{PeerIdentity, Signer, sign_cpa, sign_extended_payload};
use pnrp_wire::{
    Ack, Advertise, AppEndpoint, Authority, AuthorityBuffer, AuthorityFragment, Body, Classifier,
    ClassifierHash, Cpa, CpaKind, Dialect, Endpoint, FileTime, Flood, FloodContent, FriendlyName,
    HashedNonce, Inquire, Message, MessageId, Nonce, P2pId, Payload, PnrpId, Presence, RouteEntry,
    ServiceLocation, UnsignedPayload, limits::FRAGMENT_LEN,
};

/// A publisher of one name, and what it sends.
pub(crate) struct Peer {
    pub(crate) dialect: Dialect,
    pub(crate) host: u16,
    pub(crate) authority: Authority,
    pub(crate) classifier: Classifier,
    /// What its name is called, if not what the specification says.
    pub(crate) p2p_id: Option<P2pId>,
    pub(crate) cert_chain: Option<Vec<u8>>,
}

pub(crate) const NONCE: Nonce = Nonce([0x5A; 16]);
pub(crate) const NOT_AFTER: FileTime = FileTime(134_000_000_000_000_000);
const INQUIRER: u16 = 2;
const INQUIRE: MessageId = MessageId(0x0102_0304);

impl Peer {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            host: 1,
            authority: identity().authority(),
            classifier: "PnrpTest".parse().unwrap(),
            p2p_id: None,
            cert_chain: None,
        }
    }

    pub(crate) fn hash(&self) -> Option<ClassifierHash> {
        (!self.classifier.is_empty()).then(|| self.classifier.hash(&self.dialect))
    }

    pub(crate) fn id(&self) -> PnrpId {
        let p2p_id = self
            .p2p_id
            .unwrap_or_else(|| P2pId::derive(&self.authority, &self.hash().unwrap()));
        PnrpId::new(p2p_id, LOCATION)
    }

    /// An INQUIRE, its answer, the end of the publication, and an ACK that needs padding.
    pub(crate) fn conversation(&self) -> Vec<Datagram> {
        let inquire = Body::Inquire(Inquire {
            validate: self.id(),
            want_cpa: true,
            want_extended_payload: true,
            want_cert_chain: true,
            nonce: Some(NONCE),
        });
        let advertise = Body::Advertise(Advertise {
            acked: MessageId(5),
            ids: vec![self.id()],
            hashed_nonce: HashedNonce([9; 20]),
        });
        let ack = Body::Ack(Ack {
            acked: MessageId(6),
            id_not_found: true,
        });
        let mut datagrams = vec![
            self.datagram(INQUIRER, self.host, INQUIRE, inquire),
            self.datagram(self.host, INQUIRER, MessageId(8), advertise),
        ];
        datagrams.extend(self.answer());
        datagrams.push(self.datagram(self.host, INQUIRER, MessageId(9), self.flood()));
        datagrams.push(self.datagram(self.host, INQUIRER, MessageId(10), ack));
        datagrams
    }

    pub(crate) fn answer(&self) -> Vec<Datagram> {
        self.fragments(&self.buffer())
    }

    pub(crate) fn fragments(&self, buffer: &AuthorityBuffer) -> Vec<Datagram> {
        let buffer = buffer.encode(&self.dialect);
        let size = u16::try_from(buffer.len()).unwrap();
        let fragments = buffer.chunks(FRAGMENT_LEN).enumerate();
        fragments
            .map(|(index, data)| {
                let body = Body::Authority(AuthorityFragment {
                    acked: INQUIRE,
                    size,
                    offset: u16::try_from(index * FRAGMENT_LEN).unwrap(),
                    data: data.to_vec(),
                });
                self.datagram(self.host, INQUIRER, MessageId(7), body)
            })
            .collect()
    }

    pub(crate) fn buffer(&self) -> AuthorityBuffer {
        let cpa = self.cpa(CpaKind::Publish(NONCE));
        let payload = UnsignedPayload {
            not_after: NOT_AFTER,
            id: self.id(),
            nonce: NONCE,
            payload: Payload::Binary(vec![7; 1_000]),
        };
        let extras = self.dialect.inquire_answer_extras == Presence::Present;
        let text = (!self.classifier.is_empty()).then(|| self.classifier.clone());
        AuthorityBuffer {
            cert_chain: self.cert_chain.clone(),
            classifier: text.filter(|_| extras),
            extended_payload: Some(
                sign_extended_payload(payload, identity(), &self.dialect).unwrap(),
            ),
            route: extras
                .then(|| RouteEntry::new(self.id(), 3540, vec![*address(self.host).ip()]).unwrap()),
            cpa: Some(sign_cpa(cpa, identity(), &self.dialect).unwrap()),
            ..AuthorityBuffer::default()
        }
    }

    fn flood(&self) -> Body {
        let revoke = sign_cpa(self.cpa(CpaKind::Revoke), identity(), &self.dialect).unwrap();
        Body::Flood(Flood {
            suppress_ack: false,
            validate: PnrpId::ZERO,
            content: FloodContent {
                revoke: Some(revoke),
                route: None,
            },
            already_flooded: Vec::new(),
        })
    }

    fn cpa(&self, kind: CpaKind) -> Cpa {
        let address = *address(self.host).ip();
        Cpa {
            kind,
            has_extended_payload: kind != CpaKind::Revoke,
            not_after: NOT_AFTER,
            service_location: LOCATION,
            authority: self.authority,
            classifier_hash: self.hash(),
            friendly_name: Some(FriendlyName::new("test").unwrap()),
            service_addresses: vec![Endpoint {
                address,
                port: 3540,
            }],
            app_endpoints: match kind {
                CpaKind::Publish(_) => vec![AppEndpoint {
                    address,
                    port: 8080,
                    protocol: 6,
                }],
                CpaKind::Revoke => Vec::new(),
            },
            public_key: identity().public_key(),
        }
    }

    fn datagram(&self, from: u16, to: u16, id: MessageId, body: Body) -> Datagram {
        Datagram {
            frame: 1,
            time: None,
            source: address(from),
            destination: address(to),
            payload: Message { id, body }.encode(&self.dialect),
            missing: 0,
        }
    }
}

const LOCATION: ServiceLocation = ServiceLocation([
    0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 1, 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE,
]);

pub(crate) fn address(host: u16) -> SocketAddrV6 {
    let address = Ipv6Addr::new(0xFE80, 0, 0, 0, 0, 0, 0, host);
    SocketAddrV6::new(address, 3540, 0, 0)
}

pub(crate) fn identity() -> &'static PeerIdentity {
    static IDENTITY: OnceLock<PeerIdentity> = OnceLock::new();
    IDENTITY.get_or_init(|| PeerIdentity::generate().unwrap())
}
