# Reads Variants as hexadecimal lines from a file, and prints each as this engine writes it: `> HEX`.
extends SceneTree

func _init():
	var file = FileAccess.open(OS.get_environment("VARIANTS"), FileAccess.READ)
	while not file.eof_reached():
		var line = file.get_line()
		if line != "":
			print("> ", var_to_bytes(bytes_to_var(line.hex_decode())).hex_encode())
	quit()
