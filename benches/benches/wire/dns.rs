//! hickory-proto's DNS answers of 292 bytes: a question, addresses, and a text that fills them up.
//!
//! What a DNS message costs depends on how many records it has more than on its size. So there are
//! two of equal size, and the bar applies to the faster.

use std::hint::black_box;

use hickory_proto::{
    op::{Message, MessageType, OpCode, Query},
    rr::{Name, RData, Record, RecordType, rdata},
    serialize::binary::{BinDecodable, BinEncodable, BinEncoder},
};

pub struct Answer {
    message: Message,
    bytes: Vec<u8>,
}

impl Answer {
    pub fn new(addresses: u16) -> Self {
        let name = Name::from_ascii("printer.example.org.").expect("a name");
        let mut message = Message::new(7, MessageType::Response, OpCode::Query);
        message.add_query(Query::query(name.clone(), RecordType::ANY));
        for last in 1..=addresses {
            let address = rdata::AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, last);
            message.add_answer(Record::from_rdata(name.clone(), 300, RData::AAAA(address)));
        }
        let text = "x".repeat(usize::from(242 - 28 * addresses));
        let text = rdata::TXT::new(vec![text]);
        message.add_answer(Record::from_rdata(name, 300, RData::TXT(text)));
        let bytes = message.to_bytes().expect("a valid answer");
        let again = Message::from_bytes(&bytes).expect("the same bytes");
        assert_eq!(again, message);
        Self { message, bytes }
    }

    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    pub fn decode(&self) -> impl FnMut() -> Message {
        || Message::from_bytes(black_box(&self.bytes)).expect("a valid answer")
    }

    pub fn encode(&self) -> impl FnMut() -> Option<u8> {
        let mut out = Vec::with_capacity(2_048);
        move || {
            out.clear();
            let mut encoder = BinEncoder::new(&mut out);
            black_box(&self.message)
                .emit(&mut encoder)
                .expect("a valid answer");
            out.last().copied()
        }
    }
}
