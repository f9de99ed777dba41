module topcheck/drivers/go

go 1.19
