//! What clouds put out, and where it goes.

use pnrp_node::cloud::{Cloud, CryptoJob, JobId, Transmit};

use super::{Coming, World};
use crate::address::Node;

impl World {
    /// Fetches what a cloud has put out, and when it wants to be called.
    pub(super) fn settle(&mut self, node: Node) {
        while let Some((id, job)) = self.put_out(node, Cloud::poll_crypto) {
            self.sign(node, id, job);
        }
        while let Some(transmit) = self.put_out(node, Cloud::poll_transmit) {
            self.send(node, transmit);
        }
        while let Some(lie) = self.next_lie(node) {
            self.send(node, lie);
        }
        while let Some(event) = self.put_out(node, Cloud::poll_event) {
            self.note(node, event);
        }
        self.set_alarm(node);
    }

    fn put_out<T>(&mut self, node: Node, poll: fn(&mut Cloud) -> Option<T>) -> Option<T> {
        let host = self.nodes.get_mut(node.index())?;
        poll(host.cloud.as_deref_mut()?)
    }

    fn next_lie(&mut self, node: Node) -> Option<Transmit> {
        self.nodes.get_mut(node.index())?.lies.pop()
    }

    /// Makes or checks a signature; the cloud is told when it would be done.
    fn sign(&mut self, node: Node, id: JobId, job: CryptoJob) {
        let time = self.now();
        let Some(host) = self.nodes.get_mut(node.index()) else {
            return;
        };
        host.signed_at = host.signed_at.max(time) + self.crypto.of(&job);
        let made = Coming::Signature {
            node,
            session: host.session,
            made: Box::new((id, job.run())),
        };
        self.wheel.push(host.signed_at, made);
    }

    fn send(&mut self, from: Node, transmit: Transmit) {
        let Transmit { to, payload, .. } = transmit;
        self.traffic.sent += 1;
        self.traffic.bytes += u64::try_from(payload.len()).unwrap_or(u64::MAX);
        let Some(to) = self.addresses.node(&to) else {
            return;
        };
        let arrivals = self
            .network
            .carry(from, to, payload.len(), self.wheel.now());
        let [first, second] = arrivals;
        if let Some(at) = second {
            let payload = payload.clone();
            self.wheel.push(at, Coming::Datagram { from, to, payload });
        }
        if let Some(at) = first {
            self.wheel.push(at, Coming::Datagram { from, to, payload });
        }
    }

    fn set_alarm(&mut self, node: Node) {
        let time = self.now();
        let Some(host) = self.nodes.get_mut(node.index()) else {
            return;
        };
        let Some(cloud) = &host.cloud else { return };
        let deadline = self.epoch.time(cloud.poll_timeout()).max(time);
        if host.alarm.is_none_or(|alarm| deadline < alarm) {
            host.alarm = Some(deadline);
            self.wheel.push(deadline, Coming::Alarm(node));
        }
    }
}
