DROP TABLE phone_numbers;
DROP TABLE phone_devices;
DROP TABLE phone_lines;
DROP TABLE phone_systems;
