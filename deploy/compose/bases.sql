-- One database and one role per service, as in production; run once, on an empty server.
CREATE ROLE publication LOGIN PASSWORD 'publication';
CREATE DATABASE publication OWNER publication;
CREATE ROLE groupement LOGIN PASSWORD 'groupement';
CREATE DATABASE groupement OWNER groupement;
CREATE ROLE paiement LOGIN PASSWORD 'paiement';
CREATE DATABASE paiement OWNER paiement;
CREATE ROLE notification LOGIN PASSWORD 'notification';
CREATE DATABASE notification OWNER notification;
