#!/bin/sh
# Ask for a grouped purchase over HTTP, then wait for the answer.
set -eu
adresse="${ESSAIM:-http://localhost:8000}/groupement/api/v1/evenements"
autorise="Authorization: Bearer ${JETON:-ess_demo_sdis07}"
id=$(python3 -c 'import uuid; print(uuid.uuid4())')

{
  printf '{"specversion":"1.0","id":"%s","type":"membre.achat.demande.v1",' "$id"
  printf '"source":"urn:siret:%s:finances",' "${SIRET:-90070002200016}"
  printf '"time":"%s","data":' "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
  cat "$(dirname "$0")/achat.json"
  printf '}'
} | curl --silent --show-error --fail-with-body --header "$autorise" \
  --header 'Content-Type: application/cloudevents+json' --data-binary @- "$adresse"

while :; do
  reponse=$(curl --silent --show-error --fail-with-body --header "$autorise" "$adresse/$id")
  case "$reponse" in *'"recue"'*) sleep 0.2 ;; *) break ;; esac
done
printf '%s\n' "$reponse"
