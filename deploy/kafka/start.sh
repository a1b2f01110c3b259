#!/usr/bin/env bash
# Starts the broker with passwords from /secrets, and formats its storage the first time.
#
# In place of the image's own start script (/etc/kafka/docker/run), because that one writes its settings into the image
# and knows no users at formatting time. Needed of the image: bash, and Kafka's own scripts in /opt/kafka/bin.
set -euo pipefail
umask 077
settings=/tmp/server.properties
secret() { cat "/secrets/$1"; }
scram="org.apache.kafka.common.security.scram.ScramLoginModule required"
plain="org.apache.kafka.common.security.plain.PlainLoginModule required"

{
  cat /deploy/server.properties
  echo "listener.name.clients.scram-sha-512.sasl.jaas.config=$scram username=\"broker\" password=\"$(secret broker.password)\";"
  echo "listener.name.controller.plain.sasl.jaas.config=$plain username=\"controller\"" \
    "password=\"$(secret controller.password)\" user_controller=\"$(secret controller.password)\";"
} > "$settings"

# Two users must be there before anybody can make users: the broker itself, and the one that sets the rest up.
if [ ! -f /var/lib/kafka/data/log/meta.properties ]; then
  /opt/kafka/bin/kafka-storage.sh format --cluster-id "$(secret cluster.id)" --config "$settings" \
    --add-scram "SCRAM-SHA-512=[name=broker,password=$(secret broker.password)]" \
    --add-scram "SCRAM-SHA-512=[name=admin,password=$(secret admin.password)]" \
    > /dev/null # it prints what the credentials are stored as
fi

# No log files, no log of the garbage collector: the file system is read-only.
export LOG_DIR=/tmp/logs EXTRA_ARGS="-name kafkaServer"
export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=/deploy/log4j2.properties"
exec /opt/kafka/bin/kafka-server-start.sh "$settings"
