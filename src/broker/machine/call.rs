//! A request to a machine and the reply that belongs to it, as types: whoever asks gets that reply and no other.

use super::Machine;

/// A request whose reply has a type of its own.
pub trait Call<M: Machine>: Sized {
    type Reply;

    fn request(self) -> M::Request;

    /// The reply to this kind of request; `None` if the machine answered something else.
    fn reply(reply: M::Reply) -> Option<Self::Reply>;

    fn into_reply(reply: Self::Reply) -> M::Reply;
}

/// Defines the requests of a machine as one type and their replies as another.
macro_rules! calls {
    ($machine:ty, $requests:ident $replies:ident { $($name:ident $request:ty => $reply:ty,)* }) => {
        /// A request to the machine.
        #[derive(Debug)]
        pub enum $requests {
            $($name($request),)*
        }

        /// The answer to the request of the same name.
        #[derive(Debug)]
        pub enum $replies {
            $($name($reply),)*
        }

        $(
            impl $crate::broker::machine::Call<$machine> for $request {
                type Reply = $reply;

                fn request(self) -> $requests {
                    $requests::$name(self)
                }

                fn reply(reply: $replies) -> Option<$reply> {
                    match reply {
                        $replies::$name(reply) => Some(reply),
                        _ => None,
                    }
                }

                fn into_reply(reply: $reply) -> $replies {
                    $replies::$name(reply)
                }
            }
        )*
    };
}

pub(in crate::broker) use calls;
