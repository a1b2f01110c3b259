import type { JsonObject } from '@sallyport/contracts';
import { parseMessages } from '@sallyport/mcp';

/** Characters of a message over several lines; a longer one is printed by nobody. */
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * Reads the messages of a program line by line. Some print a message over several lines, indented, from a line `{` to a
 * line `}`; what else stands between is no message.
 */
export class PrintedMessages {
  #lines: string[] = [];
  #length = 0;

  /** @returns the messages that are whole now; none for a line that is no part of one; null while one is not at its end */
  messagesOf(line: string): readonly JsonObject[] | null {
    const whole = parseMessages(line);
    if (whole.length > 0 && (this.#lines.length === 0 || !/^\s/.test(line))) {
      this.#drop();
      return whole;
    }
    const end = line.trimEnd();
    if (end === '{') this.#drop();
    else if (this.#lines.length === 0) return whole;
    this.#lines.push(line);
    this.#length += line.length;
    if (end !== '}' && this.#length <= MAX_TEXT) return null;
    const text = this.#lines.join('\n');
    this.#drop();
    return parseMessages(text);
  }

  #drop(): void {
    this.#lines = [];
    this.#length = 0;
  }
}
