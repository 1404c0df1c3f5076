"""The service under load: decisions over HTTP, e-mail, the website, and how fast a rollback is seen."""
