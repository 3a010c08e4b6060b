/**
 * How the channels of a tensor lie in a flat piece of it: element `i` of the piece belongs to channel
 * `floor((offset + i) / inner) % channels`.
 */
export interface ChannelLayout {
  /** The index of the piece's first element in the whole tensor. */
  readonly offset: number;
  /** Elements in a row that share a channel: the product of the dimensions behind the channel axis. */
  readonly inner: number;
  /** The length of the channel axis. */
  readonly channels: number;
}
