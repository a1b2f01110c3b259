/**
 * What the programs may ask of the tables, made again at each migration. Each runs with the rights of its caller, says for
 * its own transaction which tenants it is about, and names the tenant again in every condition. SQLSTATE: SP001 another
 * sequencer has written, SP002 a command is known, SP003 a stream is shorter than expected.
 */
export const FUNCTIONS = `
CREATE OR REPLACE FUNCTION sallyport.append(
  log_tenant text[], log_old bigint[], log_new bigint[],
  command_log integer[], command_id text[], command_first bigint[], command_count integer[],
  event_log integer[], event_sequence bigint[], event_stream text[], event_version integer[], event_id text[],
  event_type text[], event_start integer[], event_length integer[], event_bytes bytea, event_leaves bytea,
  probe_tenant text[], probe_stream text[], probe_version integer[],
  sealed_log integer[], sealed_event text[], sealed_field text[], sealed_salt text[], sealed_value text[],
  sealed_subject text[], sealed_key text[], erased_log integer[], erased_subject text[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE found_rows integer;
BEGIN
  PERFORM set_config('sallyport.tenant', array_to_string(log_tenant, E'\\n'), true);
  IF 0 = ANY (log_old) THEN
    INSERT INTO sallyport.tenants SELECT l.tenant FROM unnest(log_tenant, log_old) AS l (tenant, old)
      WHERE l.old = 0 ORDER BY 1 ON CONFLICT DO NOTHING;
    INSERT INTO sallyport.logs SELECT l.tenant, 0 FROM unnest(log_tenant, log_old) AS l (tenant, old)
      WHERE l.old = 0 ORDER BY 1 ON CONFLICT DO NOTHING;
  END IF;
  -- Locked in the order of their names, so that two sequencers never wait for each other in a ring.
  PERFORM 1 FROM sallyport.logs AS l WHERE l.tenant = ANY (log_tenant) ORDER BY l.tenant FOR UPDATE;
  UPDATE sallyport.logs AS l SET size = n.new, moved = pg_current_xact_id() FROM unnest(log_tenant, log_old, log_new) AS n (tenant, old, new)
    WHERE l.tenant = n.tenant AND l.size = n.old;
  GET DIAGNOSTICS found_rows = ROW_COUNT;
  IF found_rows <> cardinality(log_tenant) THEN
    RAISE EXCEPTION 'another sequencer has written' USING ERRCODE = 'SP001';
  END IF;

  INSERT INTO sallyport.commands SELECT log_tenant[c.log], c.id, c.first, c.count
    FROM unnest(command_log, command_id, command_first, command_count) AS c (log, id, first, count)
    ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS found_rows = ROW_COUNT;
  IF found_rows <> cardinality(command_id) THEN
    RAISE EXCEPTION 'a command is known' USING ERRCODE = 'SP002';
  END IF;

  IF cardinality(probe_stream) > 0 AND EXISTS (
    SELECT 1 FROM unnest(probe_tenant, probe_stream, probe_version) AS p (tenant, stream, version)
      WHERE NOT EXISTS (SELECT 1 FROM sallyport.events AS e
        WHERE e.tenant = p.tenant AND e.stream = p.stream AND e.version = p.version)
  ) THEN
    RAISE EXCEPTION 'a stream is shorter than expected' USING ERRCODE = 'SP003';
  END IF;

  INSERT INTO sallyport.events (tenant, sequence, version, stream, id, type, leaf, bytes)
    SELECT log_tenant[e.log], e.sequence, e.version, e.stream, e.id, e.type,
           substring(event_leaves FROM (e.at::integer - 1) * 32 + 1 FOR 32), substring(event_bytes FROM e.start FOR e.length)
      FROM unnest(event_log, event_sequence, event_version, event_stream, event_id, event_type, event_start, event_length)
           WITH ORDINALITY AS e (log, sequence, version, stream, id, type, start, length, at);

  IF cardinality(sealed_log) > 0 THEN
    INSERT INTO sallyport.sealed SELECT log_tenant[s.log], s.event, s.field, s.salt, s.value, s.subject, s.key
      FROM unnest(sealed_log, sealed_event, sealed_field, sealed_salt, sealed_value, sealed_subject, sealed_key)
        AS s (log, event, field, salt, value, subject, key);
  END IF;

  IF cardinality(erased_log) > 0 THEN
    DELETE FROM sallyport.subject_keys AS k USING unnest(erased_log, erased_subject) AS e (log, subject)
      WHERE k.tenant = log_tenant[e.log] AND k.subject = e.subject;
    DELETE FROM sallyport.sealed AS s USING unnest(erased_log, erased_subject) AS e (log, subject)
      WHERE s.tenant = log_tenant[e.log] AND s.subject = e.subject AND s.key IS NULL;
    DELETE FROM sallyport.pseudonyms AS p USING unnest(erased_log, erased_subject) AS e (log, subject)
      WHERE p.tenant = log_tenant[e.log] AND p.ref = e.subject;
    UPDATE sallyport.erasures SET count = count + 1;
  END IF;
END $$;

-- Holds the logs of some tenants until the transaction ends, and tells how they stand: sizes, known commands, versions.
CREATE OR REPLACE FUNCTION sallyport.hold(
  tenants text[], command_tenant text[], command_id text[], stream_tenant text[], stream text[]
) RETURNS TABLE (what text, tenant text, name text, number bigint, count bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('sallyport.tenant', array_to_string(tenants, E'\\n'), true);
  INSERT INTO sallyport.logs SELECT t, 0 FROM unnest(tenants) AS t ORDER BY 1 ON CONFLICT DO NOTHING;
  RETURN QUERY SELECT 'size', l.tenant::text, '', l.size, 0::bigint FROM sallyport.logs AS l
    WHERE l.tenant = ANY (tenants) ORDER BY l.tenant FOR UPDATE;
  RETURN QUERY SELECT 'command', k.tenant, k.id, c.first, c.count::bigint
    FROM unnest(command_tenant, command_id) AS k (tenant, id)
    JOIN sallyport.commands AS c ON c.tenant = k.tenant AND c.id = k.id;
  RETURN QUERY SELECT 'version', v.tenant, v.stream, v.version::bigint, 0::bigint
    FROM sallyport.versions(stream_tenant, stream) AS v (tenant, stream, version);
END $$;

CREATE OR REPLACE FUNCTION sallyport.versions(of_tenant text[], of_stream text[])
  RETURNS TABLE (tenant text, stream text, version integer) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('sallyport.tenant', (SELECT string_agg(DISTINCT t, E'\\n') FROM unnest(of_tenant) AS t), true);
  RETURN QUERY SELECT k.tenant, k.stream, coalesce(
      (SELECT max(e.version) FROM sallyport.events AS e WHERE e.tenant = k.tenant AND e.stream = k.stream), 0)
    FROM unnest(of_tenant, of_stream) AS k (tenant, stream);
END $$;

-- What some commands wrote; at says which of them an event is of.
CREATE OR REPLACE FUNCTION sallyport.read_commands(of_tenant text[], of_first bigint[], of_count integer[])
  RETURNS TABLE (
    sequence bigint, stream text, version integer, id text, type text, bytes bytea, leaf bytea, at bigint
  ) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', (SELECT string_agg(DISTINCT t, E'\\n') FROM unnest(of_tenant) AS t), true);
  RETURN QUERY SELECT e.sequence, e.stream::text, e.version, e.id::text, e.type::text, e.bytes, e.leaf, k.at
    FROM unnest(of_tenant, of_first, of_count) WITH ORDINALITY AS k (tenant, first, count, at)
    CROSS JOIN LATERAL (
      SELECT * FROM sallyport.events AS i
        WHERE i.tenant = k.tenant AND i.sequence >= k.first ORDER BY i.sequence LIMIT k.count
    ) AS e ORDER BY k.at, e.sequence;
END $$;

CREATE OR REPLACE FUNCTION sallyport.read_stream(of_tenant text, of_stream text)
  RETURNS TABLE (sequence bigint, stream text, version integer, id text, type text, bytes bytea, leaf bytea)
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN QUERY SELECT e.sequence, e.stream::text, e.version, e.id::text, e.type::text, e.bytes, e.leaf
    FROM sallyport.events AS e WHERE e.tenant = of_tenant AND e.stream = of_stream ORDER BY e.version;
END $$;

-- Calls are most of a log and have no index of their own: its order finds them.
CREATE OR REPLACE FUNCTION sallyport.read_all(of_tenant text, after_sequence bigint, at_most bigint, of_kind text)
  RETURNS TABLE (sequence bigint, stream text, version integer, id text, type text, bytes bytea, leaf bytea)
  LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  IF of_kind IS NULL OR of_kind = 'call' THEN
    RETURN QUERY SELECT e.sequence, e.stream::text, e.version, e.id::text, e.type::text, e.bytes, e.leaf
      FROM sallyport.events AS e WHERE e.tenant = of_tenant AND e.sequence > after_sequence
        AND (of_kind IS NULL OR e.kind = 'call')
      ORDER BY e.sequence LIMIT at_most;
  ELSE
    RETURN QUERY SELECT e.sequence, e.stream::text, e.version, e.id::text, e.type::text, e.bytes, e.leaf
      FROM sallyport.events AS e WHERE e.tenant = of_tenant AND e.kind = of_kind AND e.kind <> 'call' AND e.sequence > after_sequence
      ORDER BY e.sequence LIMIT at_most;
  END IF;
END $$;

-- The logs that grew since a transaction, all where none is named, and in the first row the transaction to name next: no older
-- one runs any more. A number that is ahead of the server's own is of another server, before a dump was restored.
CREATE OR REPLACE FUNCTION sallyport.sizes(since xid8) RETURNS TABLE (tenant text, size bigint, until xid8)
  LANGUAGE plpgsql STABLE SET enable_seqscan = on AS $$
DECLARE
  ahead xid8 := pg_snapshot_xmax(pg_current_snapshot());
BEGIN
  RETURN QUERY SELECT NULL::text, NULL::bigint, pg_snapshot_xmin(pg_current_snapshot());
  IF since IS NULL OR since > ahead THEN
    RETURN QUERY SELECT l.tenant::text, l.size, NULL::xid8 FROM sallyport.logs AS l;
  ELSE
    RETURN QUERY SELECT l.tenant::text, l.size, NULL::xid8 FROM sallyport.logs AS l
      WHERE l.moved >= since AND l.moved < ahead;
  END IF;
END $$;

CREATE OR REPLACE FUNCTION sallyport.open_sealed(of_tenant text, of_event text)
  RETURNS TABLE (field text, salt text, value text, subject text, key text, wrapped text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN QUERY SELECT s.field::text, s.salt, s.value, s.subject::text, s.key, k.wrapped
    FROM sallyport.sealed AS s
    LEFT JOIN sallyport.subject_keys AS k ON k.tenant = s.tenant AND k.subject = s.subject
    WHERE s.tenant = of_tenant AND s.event = of_event ORDER BY s.field;
END $$;

CREATE OR REPLACE FUNCTION sallyport.key_of(of_tenant text, of_subject text, offered text)
  RETURNS text LANGUAGE plpgsql AS $$
DECLARE known text;
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  INSERT INTO sallyport.subject_keys AS k VALUES (of_tenant, of_subject, offered)
    ON CONFLICT DO NOTHING RETURNING k.wrapped INTO known;
  IF known IS NULL THEN
    SELECT k.wrapped INTO known FROM sallyport.subject_keys AS k WHERE k.tenant = of_tenant AND k.subject = of_subject;
  END IF;
  RETURN known;
END $$;

CREATE OR REPLACE FUNCTION sallyport.kept_of(of_tenant text, of_subject text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN EXISTS (SELECT 1 FROM sallyport.subject_keys AS k WHERE k.tenant = of_tenant AND k.subject = of_subject)
    OR EXISTS (SELECT 1 FROM sallyport.sealed AS s WHERE s.tenant = of_tenant AND s.subject = of_subject AND s.key IS NULL);
END $$;

CREATE OR REPLACE FUNCTION sallyport.find_ref(of_tenant text, of_kind text, of_name text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN (SELECT p.ref FROM sallyport.pseudonyms AS p
    WHERE p.tenant = of_tenant AND p.kind = of_kind AND p.name = of_name);
END $$;

CREATE OR REPLACE FUNCTION sallyport.connections_of(of_tenant text, of_name text)
  RETURNS TABLE (name text, sealed text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN QUERY SELECT c.name::text, c.sealed FROM sallyport.connections AS c
    WHERE c.tenant = of_tenant AND (of_name IS NULL OR c.name = of_name) ORDER BY c.name;
END $$;

-- Asked again after a lost answer it says the same: no two texts that are kept are equal.
CREATE OR REPLACE FUNCTION sallyport.replace_connection(of_tenant text, of_name text, expected text, new_sealed text)
  RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE found_sealed text;
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  IF new_sealed IS NULL THEN
    DELETE FROM sallyport.connections AS c WHERE c.tenant = of_tenant AND c.name = of_name AND c.sealed = expected;
  ELSIF expected IS NULL THEN
    INSERT INTO sallyport.connections VALUES (of_tenant, of_name, new_sealed) ON CONFLICT (tenant, name) DO NOTHING;
  ELSE
    UPDATE sallyport.connections AS c SET sealed = new_sealed
      WHERE c.tenant = of_tenant AND c.name = of_name AND c.sealed = expected;
  END IF;
  SELECT c.sealed INTO found_sealed FROM sallyport.connections AS c WHERE c.tenant = of_tenant AND c.name = of_name;
  RETURN found_sealed IS NOT DISTINCT FROM new_sealed;
END $$;

CREATE OR REPLACE FUNCTION sallyport.ref_of(of_tenant text, of_kind text, of_name text, created text)
  RETURNS text LANGUAGE plpgsql AS $$
DECLARE known text;
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  FOR attempt IN 1 .. 2 LOOP
    SELECT p.ref INTO known FROM sallyport.pseudonyms AS p
      WHERE p.tenant = of_tenant AND p.kind = of_kind AND p.name = of_name;
    EXIT WHEN known IS NOT NULL;
    INSERT INTO sallyport.pseudonyms AS p VALUES (of_tenant, of_kind, of_name, created)
      ON CONFLICT (tenant, kind, name) DO NOTHING RETURNING p.ref INTO known;
    EXIT WHEN known IS NOT NULL;
  END LOOP;
  RETURN known;
END $$;

CREATE OR REPLACE FUNCTION sallyport.name_of(of_tenant text, of_ref text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('sallyport.tenant', of_tenant, true);
  RETURN (SELECT p.name FROM sallyport.pseudonyms AS p WHERE p.tenant = of_tenant AND p.ref = of_ref);
END $$;

CREATE OR REPLACE FUNCTION sallyport.keep_text(of_digest text, of_text text) RETURNS text LANGUAGE sql AS $$
  INSERT INTO sallyport.texts VALUES (of_digest, of_text) ON CONFLICT DO NOTHING;
  SELECT of_digest;
$$;

-- One taker of a name at a time, so that two never see the same slot free.
CREATE OR REPLACE FUNCTION sallyport.take_lease(of_name text, slots integer, by_holder text, by_token text, ttl_ms integer)
  RETURNS integer LANGUAGE plpgsql AS $$
DECLARE taken integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('sallyport.lease.' || of_name, 0));
  -- Asked again after a lost answer, it is the lease that was taken then.
  SELECT h.slot INTO taken FROM sallyport.leases AS h
    WHERE h.name = of_name AND h.token = by_token AND h.until > clock_timestamp();
  IF taken IS NOT NULL THEN RETURN taken; END IF;
  INSERT INTO sallyport.leases AS l (name, slot, holder, token, until)
    SELECT of_name, s, by_holder, by_token, clock_timestamp() + ttl_ms * interval '1 millisecond'
      FROM generate_series(0, slots - 1) AS s
      WHERE NOT EXISTS (
        SELECT 1 FROM sallyport.leases AS h WHERE h.name = of_name AND h.slot = s AND h.until > clock_timestamp())
      ORDER BY s LIMIT 1
    ON CONFLICT (name, slot) DO UPDATE
      SET holder = excluded.holder, token = excluded.token, until = excluded.until
      WHERE l.until <= clock_timestamp()
    RETURNING l.slot INTO taken;
  RETURN taken;
END $$;`;
