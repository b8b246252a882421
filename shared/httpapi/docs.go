package httpapi

func (s *server) serveDocument() {}
