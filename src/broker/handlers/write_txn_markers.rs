//! WriteTxnMarkers 1–2: ends a transaction in some partitions without its coordinator. Brokers send it to each other;
//! here it comes from `kafka-transactions abort`, for a transaction that no coordinator knows of any more (KIP-664).

use crate::broker::BrokerState;
use crate::broker::coordinators::Marker;
use crate::broker::coordinators::transaction::Producer;
use crate::broker::request::RequestContext;
use crate::protocol::ErrorCode;
use crate::protocol::messages::write_txn_markers::{
    WritableTxnMarker, WritableTxnMarkerPartitionResult, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
};
use crate::protocol::messages::{WriteTxnMarkersRequest, WriteTxnMarkersResponse};
use crate::vocabulary::TopicPartition;

pub async fn handle(
    broker: &BrokerState,
    _: &RequestContext,
    request: WriteTxnMarkersRequest,
) -> WriteTxnMarkersResponse {
    let mut markers = Vec::new();
    for wanted in request.markers {
        markers.push(one(broker, wanted).await);
    }
    WriteTxnMarkersResponse { markers }
}

async fn one(broker: &BrokerState, wanted: WritableTxnMarker) -> WritableTxnMarkerResult {
    let WritableTxnMarker { producer_id, producer_epoch, transaction_result, coordinator_epoch, .. } = wanted;
    let producer = Producer { id: producer_id, epoch: producer_epoch };
    let transaction_version = i16::from(wanted.transaction_version);
    let marker = Marker { producer, coordinator_epoch, committed: transaction_result, transaction_version };
    let mut topics = Vec::new();
    for topic in wanted.topics {
        let mut partitions = Vec::new();
        for partition_index in topic.partition_indexes {
            let partition = TopicPartition::new(&topic.name, partition_index);
            let written = match producer {
                // Kafka fails to build the marker then.
                Producer { id, epoch } if id < 0 || epoch < 0 => Err(ErrorCode::UnknownServerError),
                _ => broker.transactions.write_marker(marker, &partition).await,
            };
            let code = written.err().unwrap_or(ErrorCode::None);
            partitions.push(WritableTxnMarkerPartitionResult { partition_index, error_code: code.code() });
        }
        topics.push(WritableTxnMarkerTopicResult { name: topic.name, partitions });
    }
    WritableTxnMarkerResult { producer_id, topics }
}
