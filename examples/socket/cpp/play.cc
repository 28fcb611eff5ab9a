// Plays a game over MettaGrid's socket protocol. Needs Debian's libprotobuf-dev, protobuf-compiler, g++ and make.
//
// In the folder of the project, with `npx beamcade start --socket-only` running:
//
//   make -C examples/socket/cpp
//   examples/socket/cpp/build/play
//
// Requests and responses are Protobuf, each with its length in front: four bytes, big-endian.
#include <google/protobuf/util/json_util.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "mettagrid/rpc/v1/mettagrid.pb.h"

namespace rpc = mettagrid::rpc::v1;
using std::string;

// What a character of a map stands for; '.' is empty.
const std::map<char, string> LEGEND = {
    {'#', "wall"},         {'@', "agent.agent"},  {'p', "agent.prey"},   {'P', "agent.predator"},
    {'_', "altar"},        {'c', "converter"},    {'C', "chest"},        {'Z', "assembler"},
    {'1', "agent.team_1"}, {'2', "agent.team_2"}, {'3', "agent.team_3"}, {'4', "agent.team_4"}};
// A location that is none, and the feature that says what stands at one.
const unsigned char UNUSED = 0xFF, TYPE_ID = 0;

struct Options {
  string host = "127.0.0.1", port = "5858", token, config = "examples/mettagrid/config.json",
         map = "examples/mettagrid/map.txt", game = "cpp";
  unsigned seed = 42;
  std::vector<int> actions = {4, 9, 2, 4, 2, 4};
  bool raw = false;
};

const char HELP[] =
    "usage: play [options]\n\n"
    "Plays a game over MettaGrid's socket protocol.\n\n"
    "  --host HOST        default 127.0.0.1\n"
    "  --port PORT        default 5858\n"
    "  --token TOKEN      if the server asks for one (default: $BEAMCADE_SOCKET_TOKEN)\n"
    "  --config FILE      default examples/mettagrid/config.json\n"
    "  --map FILE         default examples/mettagrid/map.txt\n"
    "  --game ID          default cpp\n"
    "  --seed N           default 42\n"
    "  --actions 4,9,...  what agent 0 does, by position in the list of flat actions: a step each\n"
    "  --raw              a line a step: its number and its bytes, in hex\n";

// The server said no; the text is its own.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One connection. Requests may also be sent ahead: responses come in their order.
class Client {
 public:
  Client(const string& host, const string& port, const string& token) {
    addrinfo hints = {}, *found = nullptr;
    hints.ai_socktype = SOCK_STREAM;
    if (int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &found))
      throw std::runtime_error(host + ": " + gai_strerror(error));
    fd_ = socket(found->ai_family, SOCK_STREAM, 0);
    const bool connected = fd_ >= 0 && connect(fd_, found->ai_addr, found->ai_addrlen) == 0;
    freeaddrinfo(found);
    if (!connected) throw std::runtime_error(host + ":" + port + ": " + strerror(errno));
    const int yes = 1;
    const timeval patience = {10, 0};
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (token.empty()) return;
    rpc::MettaGridRequest request;
    request.mutable_authenticate()->set_token(token);
    ask(request);
  }
  ~Client() { close(fd_); }
  Client(const Client&) = delete;

  // Sends one request and waits for its response, which is none that says no.
  rpc::MettaGridResponse ask(rpc::MettaGridRequest& request) {
    request.set_request_id("req_" + std::to_string(++sent_));
    const string body = request.SerializeAsString();
    const uint32_t length = htonl(body.size());
    write(string(reinterpret_cast<const char*>(&length), 4) + body);
    uint32_t announced;
    memcpy(&announced, read(4).data(), 4);
    rpc::MettaGridResponse response;
    if (!response.ParseFromString(read(ntohl(announced)))) throw std::runtime_error("what came is no response");
    if (response.has_error()) throw Refused(response.error().message());
    const rpc::AckResult* ack = ack_of(response);
    if (ack != nullptr && !ack->ok()) throw Refused(ack->message());
    return response;
  }

 private:
  // The plain yes or no that some requests are answered by.
  static const rpc::AckResult* ack_of(const rpc::MettaGridResponse& response) {
    switch (response.payload_case()) {
      case rpc::MettaGridResponse::kCreateResult: return &response.create_result();
      case rpc::MettaGridResponse::kDeleteResult: return &response.delete_result();
      case rpc::MettaGridResponse::kAuthenticateResult: return &response.authenticate_result();
      default: return nullptr;
    }
  }

  void write(const string& bytes) {
    for (size_t at = 0; at < bytes.size();) {
      const ssize_t count = send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (count < 0) throw std::runtime_error(strerror(errno));
      at += count;
    }
  }

  // Exactly so many bytes: one recv may bring fewer.
  string read(size_t count) {
    string bytes(count, '\0');
    for (size_t at = 0; at < count;) {
      const ssize_t got = recv(fd_, &bytes[at], count - at, 0);
      if (got == 0) throw std::runtime_error("the server closed the connection");
      if (got < 0) throw std::runtime_error(strerror(errno));
      at += got;
    }
    return bytes;
  }

  int fd_ = -1;
  int sent_ = 0;
};

string read_file(const string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": " + strerror(errno));
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A character a cell, a line a row.
void read_map(const string& text, rpc::MapDefinition* map) {
  std::istringstream lines(text);
  unsigned row = 0, width = 0;
  for (string line; lines >> line; ++row) {
    width = std::max<unsigned>(width, line.size());
    for (unsigned col = 0; col < line.size(); ++col) {
      if (line[col] == '.') continue;
      const auto name = LEGEND.find(line[col]);
      if (name == LEGEND.end()) throw std::runtime_error(string("'") + line[col] + "' of the map stands for nothing");
      rpc::MapCell* cell = map->add_cells();
      cell->set_row(row);
      cell->set_col(col);
      cell->set_object_type(name->second);
    }
  }
  map->set_height(row);
  map->set_width(width);
}

unsigned type_id_of(const rpc::ObjectDefinition& object) {
  switch (object.config_case()) {
    case rpc::ObjectDefinition::kAgent: return object.agent().type_id();
    case rpc::ObjectDefinition::kWall: return object.wall().type_id();
    case rpc::ObjectDefinition::kConverter: return object.converter().type_id();
    case rpc::ObjectDefinition::kAssembler: return object.assembler().type_id();
    case rpc::ObjectDefinition::kChest: return object.chest().type_id();
    default: return 0;
  }
}

// What the first of so many agents sees: the objects around it, as the characters of the map.
void draw(const rpc::GameConfig& config, const rpc::StepResult& state, size_t agents) {
  std::map<unsigned, char> chars;
  for (const rpc::ObjectDefinition& object : config.objects())
    for (const auto& [character, name] : LEGEND)
      if (name == object.name()) chars.emplace(type_id_of(object), character);
  std::vector<string> rows(config.obs_height(), string(config.obs_width(), '.'));
  const string& seen = state.observations();
  for (size_t at = 0; at + 2 < seen.size() / agents; at += 3) {
    const unsigned char location = seen[at], feature = seen[at + 1], value = seen[at + 2];
    if (location == UNUSED || feature != TYPE_ID) continue;
    const auto known = chars.find(value);
    rows.at(location >> 4).at(location & 15) = known == chars.end() ? '?' : known->second;
  }
  puts("agent 0 sees:");
  for (const string& row : rows) puts(row.c_str());
}

float first_reward(const string& rewards) {
  // float32, little-endian.
  uint32_t bits = 0;
  for (int i = 3; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(rewards.at(i));
  float reward;
  memcpy(&reward, &bits, sizeof reward);
  return reward;
}

void print_hex(const string& bytes) {
  putchar(' ');
  for (unsigned char byte : bytes) printf("%02x", byte);
}

void steps(Client& client, const Options& options, const rpc::GameConfig& config) {
  rpc::MettaGridRequest look;
  look.mutable_get_state()->set_game_id(options.game);
  rpc::StepResult state = client.ask(look).state_result().snapshot();
  const size_t agents = state.terminals().size();
  double total = 0;
  for (int action : options.actions) {
    rpc::MettaGridRequest request;
    request.mutable_step_game()->set_game_id(options.game);
    // Agent 0 does it; the others do nothing.
    for (size_t agent = 0; agent < agents; ++agent)
      request.mutable_step_game()->add_flat_actions(agent == 0 ? action : 0);
    state = client.ask(request).step_result();
    const auto step = static_cast<unsigned long long>(state.current_step());
    if (options.raw) {
      printf("%llu", step);
      for (const string* field : {&state.observations(), &state.rewards(), &state.terminals(), &state.truncations(),
                                  &state.action_success()})
        print_hex(*field);
      putchar('\n');
      continue;
    }
    const float reward = first_reward(state.rewards());
    total += reward;
    const char* how = state.action_success().at(0) ? "done" : "failed";
    printf("step %llu: action %d %s, reward %.3f, total %.3f\n", step, action, how, reward, total);
  }
  if (!options.raw) draw(config, state, agents);
}

void play(const Options& options) {
  rpc::MettaGridRequest create, remove;
  rpc::CreateGameRequest* game = create.mutable_create_game();
  const auto status = google::protobuf::util::JsonStringToMessage(read_file(options.config), game->mutable_config());
  if (!status.ok()) throw std::runtime_error(options.config + ": " + string(status.message()));
  read_map(read_file(options.map), game->mutable_map());
  game->set_game_id(options.game);
  game->set_seed(options.seed);
  remove.mutable_delete_game()->set_game_id(options.game);

  Client client(options.host, options.port, options.token);
  client.ask(create);
  try {
    steps(client, options, game->config());
  } catch (const Refused&) {
    client.ask(remove);
    throw;
  }
  client.ask(remove);
}

Options read_options(int argc, char** argv) {
  Options options;
  if (const char* token = getenv("BEAMCADE_SOCKET_TOKEN")) options.token = token;
  std::map<string, string*> texts = {{"--host", &options.host},     {"--port", &options.port}, {"--token", &options.token},
                                     {"--config", &options.config}, {"--map", &options.map},   {"--game", &options.game}};
  for (int i = 1; i < argc; ++i) {
    const string name = argv[i];
    if (name == "--help") {
      fputs(HELP, stdout);
      exit(0);
    }
    if (name == "--raw") {
      options.raw = true;
      continue;
    }
    if (i + 1 == argc) throw std::invalid_argument(name + ": no such option, or nothing behind it; see --help");
    const string value = argv[++i];
    if (const auto text = texts.find(name); text != texts.end()) *text->second = value;
    else if (name == "--seed") options.seed = std::stoul(value);
    else if (name == "--actions") {
      options.actions.clear();
      std::istringstream numbers(value);
      for (string number; std::getline(numbers, number, ',');) options.actions.push_back(std::stoi(number));
    } else throw std::invalid_argument(name + ": no such option; see --help");
  }
  return options;
}

int main(int argc, char** argv) {
  try {
    play(read_options(argc, argv));
    return 0;
  } catch (const Refused& refusal) {
    std::cerr << "play: the server says: " << refusal.what() << "\n";
  } catch (const std::exception& error) {
    std::cerr << "play: " << error.what() << "\n";
  }
  return 1;
}
