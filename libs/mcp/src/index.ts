export { type Era, errorCodes, isLegacy, LEGACY, logLevels, metaKeys, MODERN, NEWEST_LEGACY } from './protocol.ts';
export { errorText, messageText, resultText, type RpcError, type RpcId } from './print.ts';
export {
  isRpcId,
  MOST_VALUES,
  readMessage,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
} from './message.ts';
export { answerAmong, classify, type Incoming, ownId, parseMessages, type RequestId } from './upstream-message.ts';
export { createIdScan, idIn, type IdScan } from './id-scan.ts';
export { isBlank, LineSplitter, withoutBom } from './lines.ts';
export { decodeHeaderValue, encodeHeaderValue } from './header-value.ts';
export { findParamHeaders, type ParamHeader, paramHeaderAtOdds, paramHeaders } from './mirrored-headers.ts';
export { EventStream, type ServerEvent } from './event-stream.ts';
