const SEED = 0x9747b28c;
const MIX = 0x5bd1e995;

/**
 * The partition of a key, the same one that Kafka's own clients choose.
 *
 * @param key Any text; its UTF-8 bytes are hashed.
 * @param partitions How many partitions the topic has.
 * @see org.apache.kafka.common.utils.Utils.murmur2
 */
export function partitionOfKey(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key)) & 0x7fffffff) % partitions;
}

function murmur2(bytes: Buffer): number {
  const whole = bytes.length & ~3;
  let hash = SEED ^ bytes.length;
  for (let at = 0; at < whole; at += 4) {
    const word = Math.imul(bytes.readInt32LE(at), MIX);
    hash = Math.imul(hash, MIX) ^ Math.imul(word ^ (word >>> 24), MIX);
  }
  const rest = bytes.length - whole;
  if (rest > 0) hash = Math.imul(hash ^ bytes.readUIntLE(whole, rest), MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}
