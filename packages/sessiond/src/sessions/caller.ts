/** Who asks, from the socket's peer credentials; never from a message. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
}
