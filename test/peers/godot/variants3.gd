# Reads Variants as hexadecimal lines from a file, and prints each as this engine writes it: `> HEX`.
extends SceneTree

func _init():
	var file = File.new()
	file.open(OS.get_environment("VARIANTS"), File.READ)
	while not file.eof_reached():
		var line = file.get_line()
		if line != "":
			print("> ", var2bytes(bytes2var(bytes_of(line))).hex_encode())
	quit()

func bytes_of(text):
	var bytes = PoolByteArray()
	for i in range(0, text.length(), 2):
		bytes.append(("0x" + text.substr(i, 2)).hex_to_int())
	return bytes
