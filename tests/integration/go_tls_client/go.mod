module gatehouse.test/tlsclient

go 1.21
