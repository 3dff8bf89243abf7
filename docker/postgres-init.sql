-- Run once, when the volume is new. The product's role owns its database and nothing more; the superuser can log in
-- only inside the container, by its socket.
\set ON_ERROR_STOP on
\getenv password POSTGRES_PASSWORD
CREATE ROLE pickitchen LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE;
CREATE DATABASE pickitchen OWNER pickitchen;
ALTER ROLE postgres PASSWORD NULL;
