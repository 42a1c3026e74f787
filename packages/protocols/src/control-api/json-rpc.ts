/** Messages of JSON-RPC 2.0, as far as the control API and the consumer link use them. */

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}

/** Said unasked, answered by nobody. */
export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params: unknown;
}

export interface RpcErrorObject {
  /** Upstream's LTTng error number, or one of {@link rpcErrors}. */
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly name: string };
}

export type RpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: number | null; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: number | null; readonly error: RpcErrorObject };

/** JSON-RPC's own error numbers (JSON-RPC 2.0 §5.1). */
export const rpcErrors = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
} as const;
