backup restore:
	echo b
