export { type Authorization, startAuthorization, type TokenRequest } from './authorization.ts';
export { admin, type AdminAnswer, eventually } from './admin.ts';
export { type AskedClient, connectAsked, stdioTransport } from './asked-client.ts';
export { type Asked, type AskingUpstream, startAskingUpstream } from './asking-upstream.ts';
export { startTokenServer, type TokenServer } from './asking-for-tokens.ts';
export { Browser, type ShownPage } from './browser.ts';
export { connect, type Kind } from './clients.ts';
export { type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
export { filesIn } from './files-in.ts';
export { freePort } from '../containers/free-port.ts';
export { type Issuer, startIssuer } from './test-issuer.ts';
export { normalRecord } from './normal-record.ts';
export { refusal } from './refusal.ts';
export { type SignedIn, signIn, type SignInProvider, startSignInProvider } from './sign-in.ts';
export { type LibraryServer, startLibraryServer } from './library-server.ts';
export { type NewsServer, startNewsServer } from './news-server.ts';
export { askingProgram, statefulProgram } from './programs.ts';
export {
  type Answered,
  callTool,
  type Decision,
  json,
  legacySession,
  messagesOf,
  modernHeaders,
  modernMeta,
  send,
  type Sent,
} from './raw-client.ts';
export { head, openSocket, type RawSocket } from './raw-socket.ts';
export {
  decisionOn,
  faultsIn,
  faultsOf,
  operatorToken,
  recorded,
  recordedOf,
  refusedRequests,
  storyOf,
} from './record.ts';
export {
  ANN,
  BEN,
  makeScratch,
  makeShopScratch,
  OPEN,
  root,
  type Scratch,
  type ScratchParts,
  shopEffects,
  type User,
  type WrittenConfig,
} from './scratch.ts';
export { anyTool, type ScriptedUpstream, startScriptedUpstream, textResult } from './scripted-upstream.ts';
export { serve, type Served, serveScripted, trusted } from './served.ts';
export { playShop, shopStory, type Told } from './shop-scenario.ts';
export { launchSallyport, type Ran, runCli, type RunningSallyport, startSallyport } from './start-sallyport.ts';
