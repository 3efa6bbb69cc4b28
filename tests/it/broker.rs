//! RabbitMQ as relance uses it: consuming, acknowledging, losing and finding the broker, publishing, dead letters.

use std::collections::BTreeMap;
use std::time::Duration;

use lapin::options::{
    BasicGetOptions, BasicNackOptions, BasicPublishOptions, ExchangeDeleteOptions, QueueDeleteOptions,
};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use relance::broker::{
    Address, Consumer, ConsumerSettings, DELIVERY_LIMIT, DeadLetters, Delivery, Exchange, FileFormat, Outgoing,
    Publisher, Receipt, Tag, Topology, outgoing_of_file, publish_file,
};
use relance::domain::event::{Event, Message, read};

use crate::proxy::Proxy;
use crate::services::amqp_url;

/// Long enough for a slow machine; every wait ends as soon as what it waits for is there.
const PATIENCE: Duration = Duration::from_secs(20);

/// Names of its own for one test, deleted when it ends well.
struct Bench {
    topology: Topology,
    publisher: Publisher,
    channel: Channel,
    connection: Connection,
}

impl Bench {
    async fn new(test: &str) -> Self {
        let topology = Topology::with_prefix(&format!("relance-test-{test}-{}", std::process::id()));
        let connection = Connection::connect(&amqp_url(), ConnectionProperties::default()).await.expect("RabbitMQ");
        let channel = connection.create_channel().await.unwrap();
        let publisher = Publisher::new(Address::parse(&amqp_url()).unwrap(), topology.clone());
        let mut bench = Self { topology, publisher, channel, connection };
        // Declares everything before a consumer is there.
        bench.publisher.publish(Exchange::Out, &[]).await.unwrap();
        bench
    }

    fn consumer(&self, url: &str, prefetch: u16) -> Consumer {
        let address = Address::parse(url).unwrap();
        Consumer::start(ConsumerSettings { address, topology: self.topology.clone(), prefetch })
    }

    async fn publish(&mut self, numbers: std::ops::Range<u32>) {
        let messages: Vec<Outgoing> = numbers.map(message).collect();
        let receipts = self.publisher.publish(Exchange::In, &messages).await.unwrap();
        assert!(receipts.iter().all(|receipt| *receipt == Receipt::Confirmed), "{receipts:?}");
    }

    async fn end(self) {
        self.publisher.close().await;
        for queue in [self.topology.intake_queue(), self.topology.dead()] {
            self.channel.queue_delete(queue.into(), QueueDeleteOptions::default()).await.unwrap();
        }
        for exchange in [self.topology.in_exchange(), self.topology.out_exchange(), self.topology.dead()] {
            self.channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await.unwrap();
        }
        self.connection.close(200, "done".into()).await.unwrap();
    }
}

fn message(number: u32) -> Outgoing {
    Outgoing::structured("invoice.voided", &format!("e-{number}"), number.to_string().into_bytes())
}

async fn next(consumer: &mut Consumer) -> Delivery {
    tokio::time::timeout(PATIENCE, consumer.next()).await.expect("a delivery").expect("a running consumer")
}

async fn take(consumer: &mut Consumer, count: usize) -> (Vec<String>, Vec<Tag>) {
    let (mut bodies, mut tags) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let delivery = next(consumer).await;
        bodies.push(String::from_utf8(delivery.body).unwrap());
        tags.push(delivery.tag);
    }
    (bodies, tags)
}

async fn nothing_comes(consumer: &mut Consumer) {
    assert!(tokio::time::timeout(Duration::from_millis(300), consumer.next()).await.is_err());
}

#[tokio::test]
async fn structured_binary_and_batch_messages_arrive_as_events() {
    let mut bench = Bench::new("modes").await;
    let data = r#"{"invoice":"F-1","debtor":"d-1"}"#;
    let event = format!(
        r#"{{"specversion":"1.0","id":"e-1","source":"/b","type":"invoice.voided","time":"2026-01-01T00:00:00Z","creditor":"acme","sequence":3,"data":{data}}}"#
    );
    let structured = Outgoing::structured("invoice.voided", "e-1", event.clone().into_bytes());
    let mut batch = Outgoing::structured("batch", "b-1", format!("[{event},{{}}]").into_bytes());
    batch.content_type = "application/cloudevents-batch+json".to_owned();
    let attributes = [
        ("specversion", "1.0"),
        ("id", "e-1"),
        ("source", "/b"),
        ("type", "invoice.voided"),
        ("time", "2026-01-01T00:00:00Z"),
        ("creditor", "acme"),
        ("sequence", "3"),
    ];
    let mut binary = Outgoing::structured("invoice.voided", "e-1", data.as_bytes().to_vec());
    binary.content_type = "application/json".to_owned();
    binary.headers =
        attributes.iter().map(|(name, value)| (format!("cloudEvents:{name}"), (*value).to_owned())).collect();
    bench.publisher.publish(Exchange::In, &[structured, binary, batch]).await.unwrap();

    let mut consumer = bench.consumer(&amqp_url(), 10);
    let mut readings = Vec::new();
    for _ in 0..3 {
        let delivery = next(&mut consumer).await;
        readings.push(read(&Message {
            body: &delivery.body,
            content_type: delivery.content_type.as_deref(),
            headers: &delivery.headers,
        }));
        consumer.settle(&[delivery.tag]).await;
    }
    let event = readings[0][0].as_ref().expect("structured");
    // All but the place in the message's bytes is the same.
    for (form, reading) in [("binary", &readings[1][0]), ("batch", &readings[2][0])] {
        assert_eq!(&Event { bytes: event.bytes.clone(), ..reading.clone().expect(form) }, event);
    }
    assert!(readings[2][1].is_err());
    consumer.stop();
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn prefetch_bounds_what_is_in_flight() {
    let mut bench = Bench::new("prefetch").await;
    bench.publish(0..12).await;
    let mut consumer = bench.consumer(&amqp_url(), 5);
    let (bodies, tags) = take(&mut consumer, 5).await;
    assert_eq!(bodies, ["0", "1", "2", "3", "4"]);
    nothing_comes(&mut consumer).await;
    consumer.settle(&tags[..2]).await;
    assert_eq!(take(&mut consumer, 2).await.0, ["5", "6"]);
    nothing_comes(&mut consumer).await;
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn only_the_contiguous_committed_prefix_is_acknowledged() {
    let mut bench = Bench::new("prefix").await;
    bench.publish(0..6).await;
    let mut consumer = bench.consumer(&amqp_url(), 10);
    let (_, tags) = take(&mut consumer, 6).await;
    consumer.settle(&[tags[1], tags[3]]).await;
    consumer.settle(&[tags[0]]).await;
    consumer.finish().await;
    // 0 and 1 are gone; 3 was committed behind a gap and comes again, which intake's identity makes harmless.
    let mut consumer = bench.consumer(&amqp_url(), 10);
    assert_eq!(take(&mut consumer, 4).await.0, ["2", "3", "4", "5"]);
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn a_cut_connection_comes_back_and_stale_tags_acknowledge_nothing() {
    let mut bench = Bench::new("cut").await;
    let proxy = Proxy::start(&amqp_url()).await;
    bench.publish(0..4).await;
    let mut consumer = bench.consumer(&proxy.url(), 3);
    let (_, stale) = take(&mut consumer, 3).await;
    consumer.settle(&stale[..1]).await;
    // The fourth comes only once the broker has seen the acknowledgement of the first.
    assert_eq!(take(&mut consumer, 1).await.0, ["3"]);
    proxy.cut();
    let again = next(&mut consumer).await;
    assert!(again.redelivered && again.body == b"1", "the acknowledged one does not come again");
    consumer.settle(&stale).await;
    assert_eq!(take(&mut consumer, 2).await.0, ["2", "3"]);
    proxy.cut();
    // Had the stale tags acknowledged anything in the second session, these would be gone.
    assert_eq!(take(&mut consumer, 3).await.0, ["1", "2", "3"]);
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn a_channel_that_the_broker_closes_is_replaced() {
    let mut bench = Bench::new("channel").await;
    let proxy = Proxy::start(&amqp_url()).await;
    bench.publish(0..1).await;
    let mut consumer = bench.consumer(&proxy.url(), 10);
    let (_, tags) = take(&mut consumer, 1).await;
    consumer.settle(&tags).await;
    proxy.inject(&channel_close());
    bench.publish(1..2).await;
    // Delivered on the dying channel, on the new one, or on both; at least once in any case.
    let mut delivery = next(&mut consumer).await;
    while !delivery.redelivered {
        consumer.settle(&[delivery.tag]).await;
        match tokio::time::timeout(Duration::from_millis(500), consumer.next()).await {
            Ok(another) => delivery = another.unwrap(),
            Err(_) => break,
        }
    }
    consumer.settle(&[delivery.tag]).await;
    bench.publish(2..3).await;
    assert_eq!(take(&mut consumer, 1).await.0, ["2"], "it consumes on");
    assert!(proxy.connections() > 1, "in a session of its own");
    consumer.finish().await;
    bench.end().await;
}

/// The frame `channel.close` of channel 1: 406, as after an unknown delivery tag.
fn channel_close() -> Vec<u8> {
    let text = b"PRECONDITION_FAILED - injected";
    let mut payload = vec![0, 20, 0, 40];
    payload.extend(406_u16.to_be_bytes());
    payload.push(u8::try_from(text.len()).unwrap());
    payload.extend(text);
    payload.extend([0, 60, 0, 80]);
    let mut frame = vec![1, 0, 1];
    frame.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
    frame.extend(payload);
    frame.push(0xCE);
    frame
}

#[tokio::test]
async fn a_deleted_queue_is_declared_again() {
    let mut bench = Bench::new("deleted").await;
    bench.publish(0..1).await;
    let mut consumer = bench.consumer(&amqp_url(), 10);
    let (_, tags) = take(&mut consumer, 1).await;
    consumer.settle(&tags).await;
    bench.channel.queue_delete(bench.topology.intake_queue().into(), QueueDeleteOptions::default()).await.unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    // Until the consumer has declared it again, a mandatory message is returned, never swallowed.
    loop {
        let receipts = bench.publisher.publish(Exchange::In, &[message(1)]).await.unwrap();
        match receipts[0] {
            Receipt::Confirmed => break,
            receipt => assert_eq!(receipt, Receipt::Unroutable),
        }
        assert!(tokio::time::Instant::now() < deadline, "the queue did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(take(&mut consumer, 1).await.0, ["1"]);
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn a_pause_gives_everything_back_and_a_resumption_takes_it_again() {
    let mut bench = Bench::new("pause").await;
    bench.publish(0..3).await;
    let mut consumer = bench.consumer(&amqp_url(), 10);
    let (_, tags) = take(&mut consumer, 2).await;
    consumer.pause();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while in_queue(&bench).await < 3 {
        assert!(tokio::time::Instant::now() < deadline, "the messages did not go back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    nothing_comes(&mut consumer).await;
    consumer.settle(&tags).await;
    consumer.resume();
    assert_eq!(take(&mut consumer, 3).await.0, ["0", "1", "2"]);
    consumer.finish().await;
    bench.end().await;
}

async fn in_queue(bench: &Bench) -> u32 {
    let options = lapin::options::QueueDeclareOptions { passive: true, ..Default::default() };
    let queue = bench.channel.queue_declare(bench.topology.intake_queue().into(), options, Default::default());
    queue.await.unwrap().message_count()
}

#[tokio::test]
async fn a_stop_lets_what_is_in_flight_be_settled() {
    let mut bench = Bench::new("stop").await;
    bench.publish(0..4).await;
    let mut consumer = bench.consumer(&amqp_url(), 2);
    let (_, first) = take(&mut consumer, 1).await;
    consumer.stop();
    let mut tags = first;
    while let Some(delivery) = tokio::time::timeout(PATIENCE, consumer.next()).await.expect("the end") {
        tags.push(delivery.tag);
    }
    consumer.settle(&tags).await;
    consumer.finish().await;
    let mut consumer = bench.consumer(&amqp_url(), 10);
    let rest = take(&mut consumer, 4 - tags.len()).await.0;
    let all = ["0", "1", "2", "3"];
    assert_eq!(rest, all[tags.len()..], "what was settled was acknowledged before the end");
    nothing_comes(&mut consumer).await;
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn what_comes_back_too_often_is_set_aside_and_can_be_replayed_or_removed() {
    let mut bench = Bench::new("dead").await;
    bench.publish(0..1).await;
    let queue = bench.topology.intake_queue();
    let mut deliveries = 0;
    while let Some(message) = bench.channel.basic_get(queue.as_str().into(), BasicGetOptions::default()).await.unwrap()
    {
        deliveries += 1;
        message.delivery.acker.nack(BasicNackOptions { multiple: false, requeue: true }).await.unwrap();
    }
    assert_eq!(i64::from(deliveries), DELIVERY_LIMIT + 1);

    let dead = DeadLetters::new(Address::parse(&amqp_url()).unwrap(), bench.topology.clone());
    let letters = wait_for_letters(&dead, 1).await;
    assert_eq!((letters[0].routing_key.as_str(), letters[0].body.as_slice()), ("invoice.voided", b"0".as_slice()));
    assert!(dead.replay(&letters[0].id).await.unwrap());
    let mut consumer = bench.consumer(&amqp_url(), 10);
    let (bodies, tags) = take(&mut consumer, 1).await;
    assert_eq!(bodies, ["0"]);
    consumer.settle(&tags).await;
    consumer.finish().await;
    assert!(dead.list(10).await.unwrap().is_empty(), "replayed means gone from here");

    for body in ["a", "b"] {
        let to = bench.topology.dead();
        let properties = BasicProperties::default();
        bench
            .channel
            .basic_publish(to.into(), "x".into(), BasicPublishOptions::default(), body.as_bytes(), properties)
            .await
            .unwrap();
    }
    let letters = wait_for_letters(&dead, 2).await;
    assert!(dead.remove(&letters[1].id).await.unwrap());
    assert!(!dead.remove(&letters[1].id).await.unwrap());
    assert_eq!(wait_for_letters(&dead, 1).await[0].body, b"a");
    bench.end().await;
}

async fn wait_for_letters(dead: &DeadLetters, count: usize) -> Vec<relance::broker::DeadLetter> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let letters = dead.list(10).await.unwrap();
        if letters.len() == count {
            return letters;
        }
        assert!(tokio::time::Instant::now() < deadline, "{} letters instead of {count}", letters.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_publisher_comes_back_after_a_loss_and_outgoing_events_need_no_listener() {
    let bench = Bench::new("publisher").await;
    let proxy = Proxy::start(&amqp_url()).await;
    let mut publisher = Publisher::new(Address::parse(&proxy.url()).unwrap(), bench.topology.clone());
    let batch: Vec<Outgoing> = (0..500).map(message).collect();
    assert_eq!(publisher.publish(Exchange::Out, &batch).await.unwrap(), vec![Receipt::Confirmed; 500]);
    proxy.cut();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    // The first call after a loss may fail; the caller publishes the same batch again.
    while publisher.publish(Exchange::In, &batch).await.is_err() {
        assert!(tokio::time::Instant::now() < deadline, "the publisher did not come back");
    }
    let mut consumer = bench.consumer(&amqp_url(), 1_000);
    let mut seen = BTreeMap::new();
    while seen.len() < 500 {
        let delivery = next(&mut consumer).await;
        *seen.entry(delivery.body).or_insert(0) += 1;
        consumer.settle(&[delivery.tag]).await;
    }
    publisher.close().await;
    consumer.finish().await;
    bench.end().await;
}

#[tokio::test]
async fn a_file_is_published_line_by_line_and_its_bad_lines_are_named() {
    let mut bench = Bench::new("file").await;
    let good = |number: u32| format!(r#"{{"type":"invoice.voided","id":"e-{number}"}}"#);
    let text: String = (0..1_200).map(|number| good(number) + "\n").collect::<String>() + "broken\n" + &good(1_200);
    let events = outgoing_of_file(text.as_bytes(), FileFormat::JsonLines);
    let mut steps = 0;
    let published = publish_file(&mut bench.publisher, events, |_| steps += 1).await.unwrap();
    assert_eq!((published.confirmed, published.bad, published.bad_lines[0].line), (1_201, 1, 1_201));
    assert!(steps >= 3, "progress is told batch by batch");
    assert_eq!(in_queue(&bench).await, 1_201);
    // Without the queue nothing is swallowed.
    bench.channel.queue_purge(bench.topology.intake_queue().into(), Default::default()).await.unwrap();
    bench.channel.queue_delete(bench.topology.intake_queue().into(), QueueDeleteOptions::default()).await.unwrap();
    let text = good(1);
    let events = outgoing_of_file(text.as_bytes(), FileFormat::JsonLines);
    let published = publish_file(&mut bench.publisher, events, |_| ()).await.unwrap();
    assert_eq!((published.confirmed, published.bad_lines[0].line), (0, 1));
    bench.end().await;
}
