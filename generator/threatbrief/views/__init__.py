"""Knowledge base → frozen, JSON-able views: what each page, brief and feed shows, decided here."""
