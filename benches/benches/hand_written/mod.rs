//! One LOOKUP, parsed and written with nothing but its own layout in mind.
//!
//! Every length and every constant is checked, and the result owns its lists. This is the yard
//! stick: there is no general treatment of elements, no names of fields in errors, no dialect.

use std::net::Ipv6Addr;

#[derive(Debug)]
pub struct HandWritten {
    id: u32,
    flags: u16,
    precision: u16,
    criteria: u8,
    reason: u8,
    target: [u8; 32],
    validate: [u8; 32],
    best: Option<Best>,
    visited: Vec<(u16, Ipv6Addr)>,
}

#[derive(Debug)]
struct Best {
    id: [u8; 32],
    port: u16,
    addresses: Vec<Ipv6Addr>,
}

impl HandWritten {
    pub fn decode(datagram: &[u8]) -> Option<Self> {
        let mut b = datagram;
        constant(&mut b, &[0x00, 0x10, 0x00, 0x0c, 0x51, 4, 0, 0x0b])?;
        let id = u32::from_be_bytes(take(&mut b)?);
        constant(&mut b, &[0x00, 0x45, 0x00, 0x0c])?;
        let flags = u16::from_be_bytes(take(&mut b)?);
        let precision = u16::from_be_bytes(take(&mut b)?);
        let [criteria, reason, _, _] = take(&mut b)?;
        if !matches!(criteria, 0 | 1 | 2 | 4 | 8) {
            return None;
        }
        constant(&mut b, &[0x00, 0x38, 0x00, 0x24])?;
        let target = take(&mut b)?;
        constant(&mut b, &[0x00, 0x39, 0x00, 0x24])?;
        let validate = take(&mut b)?;
        let best = if b.starts_with(&[0x00, 0x9a]) {
            Some(Best::decode(&mut b)?)
        } else {
            None
        };
        Some(Self {
            id,
            flags,
            precision,
            criteria,
            reason,
            target,
            validate,
            best,
            visited: decode_visited(&mut b)?,
        })
    }

    pub fn encode_into(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[0x00, 0x10, 0x00, 0x0c, 0x51, 4, 0, 0x0b]);
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&[0x00, 0x45, 0x00, 0x0c]);
        out.extend_from_slice(&self.flags.to_be_bytes());
        out.extend_from_slice(&self.precision.to_be_bytes());
        out.extend_from_slice(&[self.criteria, self.reason, 0, 0]);
        out.extend_from_slice(&[0x00, 0x38, 0x00, 0x24]);
        out.extend_from_slice(&self.target);
        out.extend_from_slice(&[0x00, 0x39, 0x00, 0x24]);
        out.extend_from_slice(&self.validate);
        if let Some(best) = &self.best {
            best.encode_into(out);
        }
        let bytes = 8 + 18 * self.visited.len() as u16;
        out.extend_from_slice(&[0x00, 0x9e]);
        out.extend_from_slice(&(bytes + 4).to_be_bytes());
        out.extend_from_slice(&(self.visited.len() as u16).to_be_bytes());
        out.extend_from_slice(&bytes.to_be_bytes());
        out.extend_from_slice(&[0x00, 0x9d, 0x00, 0x12]);
        for (port, address) in &self.visited {
            out.extend_from_slice(&port.to_be_bytes());
            out.extend_from_slice(&address.octets());
        }
    }
}

impl Best {
    fn decode(b: &mut &[u8]) -> Option<Self> {
        constant(b, &[0x00, 0x9a])?;
        let length = usize::from(u16::from_be_bytes(take(b)?));
        let id = take(b)?;
        constant(b, &[4, 0])?;
        let port = u16::from_be_bytes(take(b)?);
        let [_, count] = take(b)?;
        let count = usize::from(count);
        if !(1..=20).contains(&count) || length != 42 + 16 * count {
            return None;
        }
        let (list, rest) = b.split_at_checked(16 * count)?;
        *b = rest.get(length.wrapping_neg() % 4..)?;
        let addresses = list.as_chunks::<16>().0.iter();
        Some(Self {
            id,
            port,
            addresses: addresses.map(|&octets| octets.into()).collect(),
        })
    }

    fn encode_into(&self, out: &mut Vec<u8>) {
        let length = 42 + 16 * self.addresses.len() as u16;
        out.extend_from_slice(&[0x00, 0x9a]);
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&[4, 0]);
        out.extend_from_slice(&self.port.to_be_bytes());
        out.extend_from_slice(&[0, self.addresses.len() as u8]);
        for address in &self.addresses {
            out.extend_from_slice(&address.octets());
        }
        out.extend_from_slice(&[0; 3][..usize::from(length.wrapping_neg() % 4)]);
    }
}

fn decode_visited(b: &mut &[u8]) -> Option<Vec<(u16, Ipv6Addr)>> {
    constant(b, &[0x00, 0x9e])?;
    let length = usize::from(u16::from_be_bytes(take(b)?));
    let count = usize::from(u16::from_be_bytes(take(b)?));
    let array = usize::from(u16::from_be_bytes(take(b)?));
    constant(b, &[0x00, 0x9d, 0x00, 0x12])?;
    if !(1..=22).contains(&count) || array != 8 + 18 * count || length != array + 4 {
        return None;
    }
    let (list, padding) = b.split_at_checked(18 * count)?;
    if padding.len() > 3 {
        return None;
    }
    let endpoints = list.as_chunks::<18>().0.iter();
    let endpoint = |bytes: &[u8; 18]| {
        let (port, address) = bytes.split_first_chunk::<2>()?;
        let address: [u8; 16] = address.try_into().ok()?;
        Some((u16::from_be_bytes(*port), Ipv6Addr::from(address)))
    };
    endpoints.map(endpoint).collect()
}

fn take<const N: usize>(b: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = b.split_first_chunk()?;
    *b = rest;
    Some(*first)
}

fn constant(b: &mut &[u8], expected: &[u8]) -> Option<()> {
    *b = b.strip_prefix(expected)?;
    Some(())
}
