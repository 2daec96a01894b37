//! The coordinators: machines that keep their state in internal topics.

pub mod group;
