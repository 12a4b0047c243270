module gatehouse.test/httpclient

go 1.22
