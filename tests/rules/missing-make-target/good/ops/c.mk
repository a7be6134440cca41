include more.mk
NAME := c
.PHONY: ping
ping: ## PING
	echo ping
