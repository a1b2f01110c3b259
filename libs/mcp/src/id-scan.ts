import { isRpcId } from './message.ts';
import type { RpcId } from './print.ts';

/** Reads the id out of a message that is refused as a whole, piece by piece. */
export interface IdScan {
  write(piece: Buffer): void;
  /** The id of a request, once the text is whole; null where it can't be told beyond doubt. */
  id(): RpcId | null;
  /** The same of an answer. */
  answerId(): RpcId | null;
}

/** Bytes of a member's name or of an id that are kept; longer ones are neither. */
const MAX_TOKEN = 2_048;
/** A request has four members or five; who sends more than this many has no id, and costs no more than they do. */
const MAX_MEMBERS = 64;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b;
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d;
const isBomByte = (byte: number): boolean => byte === 0xef || byte === 0xbb || byte === 0xbf;
export const isSpace = (byte: number): boolean => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Follows the members of the outermost object. A class, since it is fed and keeps much. */
class Scan implements IdScan {
  #depth = 0;
  #inString = false;
  #escaped = false;
  #sound = true;
  #ends = 0;
  #name: unknown;
  readonly #token: number[] = [];
  readonly #members = new Map<unknown, number>();
  #id: unknown;

  write(piece: Buffer): void {
    for (const byte of piece) {
      if (!this.#sound) return;
      this.#take(byte);
    }
  }

  #take(byte: number): void {
    if (this.#inString) this.#takeInString(byte);
    else if (this.#depth === 0) this.#takeOutside(byte);
    else if (isOpening(byte)) this.#open(byte);
    else if (isClosing(byte)) this.#close(byte);
    else if (this.#depth === 1 && (byte === COMMA || byte === COLON)) this.#end(byte);
    else {
      this.#inString = byte === QUOTE;
      if (!isSpace(byte) || this.#token.length > 0) this.#keep(byte);
    }
  }

  #takeInString(byte: number): void {
    this.#keep(byte);
    this.#inString = this.#escaped || byte !== QUOTE;
    this.#escaped = !this.#escaped && byte === BACKSLASH;
  }

  /** One object, and nothing before or behind it. */
  #takeOutside(byte: number): void {
    if (isSpace(byte) || (this.#members.size === 0 && isBomByte(byte))) return;
    this.#sound &&= byte === 0x7b && this.#members.size === 0;
    this.#depth = 1;
  }

  #open(byte: number): void {
    this.#keep(byte);
    this.#depth += 1;
  }

  #close(byte: number): void {
    if (this.#depth === 1) this.#end(byte);
    this.#depth -= 1;
  }

  #keep(byte: number): void {
    if (this.#depth === 1 && this.#token.length <= MAX_TOKEN) this.#token.push(byte);
  }

  /** A name ends at its colon, a value at a comma or with the object. */
  #end(byte: number): void {
    this.#ends += 1;
    this.#sound &&= this.#ends <= 2 * MAX_MEMBERS;
    const token = this.#token.length > MAX_TOKEN ? undefined : valueOf(Buffer.from(this.#token));
    this.#token.length = 0;
    if (byte === COLON) {
      this.#name = token;
      return;
    }
    this.#members.set(this.#name, (this.#members.get(this.#name) ?? 0) + 1);
    if (this.#name === 'id') this.#id = token;
  }

  id(): RpcId | null {
    return this.#isAnswer() ? null : this.#onlyId();
  }

  answerId(): RpcId | null {
    return this.#isAnswer() ? this.#onlyId() : null;
  }

  #isAnswer(): boolean {
    return (this.#members.has('result') || this.#members.has('error')) && !this.#members.has('method');
  }

  #onlyId(): RpcId | null {
    if (!this.#sound || this.#depth !== 0 || this.#members.get('id') !== 1) return null;
    return isRpcId(this.#id) && String(this.#id).isWellFormed() ? this.#id : null;
  }
}

function valueOf(token: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(token));
  } catch {
    return undefined;
  }
}

export function createIdScan(): IdScan {
  return new Scan();
}

/** The id of the request in a body that is refused, null where it can't be told. */
export function idIn(body: Buffer): RpcId | null {
  const scan = createIdScan();
  scan.write(body);
  return scan.id();
}
