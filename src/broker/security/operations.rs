//! Which operations a principal may carry out, as the bit fields in Metadata and DescribeCluster: bit n stands for the
//! operation with code n of `AclOperation.java`. Without an authorizer everybody may do everything.

/// READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS.
pub const TOPIC_OPERATIONS: i32 = bits(&[3, 4, 5, 6, 7, 8, 10, 11]);
/// READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS.
pub const GROUP_OPERATIONS: i32 = bits(&[3, 6, 8, 10, 11]);
/// CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE.
pub const CLUSTER_OPERATIONS: i32 = bits(&[5, 7, 8, 9, 10, 11, 12]);
/// Nobody asked.
pub const NOT_REQUESTED: i32 = i32::MIN;

const fn bits(codes: &[i32]) -> i32 {
    let mut mask = 0;
    let mut rest = codes;
    while let [code, tail @ ..] = rest {
        mask |= 1 << *code;
        rest = tail;
    }
    mask
}

/// The field as it goes out.
pub fn if_requested(requested: bool, operations: i32) -> i32 {
    if requested { operations } else { NOT_REQUESTED }
}
