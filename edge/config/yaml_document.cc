#include "edge/config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "edge/base/text.h"

namespace edge {
namespace {

// Ends the parse from inside a callback; never leaves this file.
struct Refused : std::exception {
  Refused(const YAML::Mark& mark, const char* reason) : line(mark.line + 1), message(reason) {}
  int line;
  const char* message;
};

// Makes the tree from the parser's events. YAML::Load is not used: it resolves duplicate keys and
// tags silently, and bounds nothing but the depth.
class TreeBuilder final : public YAML::EventHandler {
 public:
  YamlNodePtr root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Refused(mark, "a second document begins; write one");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Finish(mark, New(mark, YamlNode::Kind::kNull), anchor);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    CheckTag(mark, tag);
    auto node = New(mark, YamlNode::Kind::kScalar);
    node->text = value;
    Finish(mark, node, anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Count(mark);
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Refused(mark, "an alias stands inside its own anchor");
    Attach(mark, found->second);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, YamlNode::Kind::kList, anchor);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    CheckTag(mark, tag);
    Open(mark, YamlNode::Kind::kMap, anchor);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct OpenNode {
    YAML::Mark mark;
    std::shared_ptr<YamlNode> node;
    YAML::anchor_t anchor;
    std::optional<YamlEntry> pending;  // a key that waits for its value
  };

  static void CheckTag(const YAML::Mark& mark, const std::string& tag) {
    // "?" and "!" are the parser's names for plain and quoted values without a tag.
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    throw Refused(mark, "a value begins with '!', which is a YAML tag; quote the value");
  }

  void Count(const YAML::Mark& mark) {
    if (++nodes_ > kMaxYamlNodes) throw Refused(mark, "the file has more than 100000 values");
  }

  std::shared_ptr<YamlNode> New(const YAML::Mark& mark, YamlNode::Kind kind) {
    Count(mark);
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->line = mark.line + 1;
    return node;
  }

  void Open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= kMaxYamlDepth) throw Refused(mark, "blocks are nested more than 32 deep");
    open_.push_back({mark, New(mark, kind), anchor, std::nullopt});
  }

  void Close() {
    OpenNode closed = std::move(open_.back());
    open_.pop_back();
    Finish(closed.mark, closed.node, closed.anchor);
  }

  void Finish(const YAML::Mark& mark, const YamlNodePtr& node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    Attach(mark, node);
  }

  void Attach(const YAML::Mark& mark, const YamlNodePtr& node) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    OpenNode& parent = open_.back();
    if (parent.node->kind == YamlNode::Kind::kList) {
      parent.node->items.push_back(node);
    } else if (parent.pending) {
      parent.pending->value = node;
      parent.node->entries.push_back(*std::move(parent.pending));
      parent.pending.reset();
    } else {
      if (node->kind != YamlNode::Kind::kScalar) throw Refused(mark, "a key is not text");
      parent.pending = YamlEntry{node->text, mark.line + 1, nullptr};
    }
  }

  int documents_ = 0;
  int nodes_ = 0;
  YamlNodePtr root_ = std::make_shared<YamlNode>();
  std::vector<OpenNode> open_;
  std::unordered_map<YAML::anchor_t, YamlNodePtr> anchors_;
};

absl::Status At(std::string_view name, int line, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "{}:{}: {}", name, line, message);
}

// yaml-cpp puts the name of an unknown anchor into its message, and `secret: *x` makes one of a
// secret; a tag's handle likewise.
std::string_view WithoutContent(std::string_view message) {
  for (const std::string_view known :
       {YAML::ErrorMsg::UNKNOWN_ANCHOR, YAML::ErrorMsg::INVALID_TAG}) {
    if (message.starts_with(known)) return known;
  }
  return message;
}

}  // namespace

absl::StatusOr<YamlNodePtr> ParseYaml(std::string_view name, std::string_view text) {
  TreeBuilder builder;
  // Between a newline and the end of the text yaml-cpp closes open quotes by itself, and what
  // should follow them becomes part of the value: a comment as the last line makes that an error.
  const std::string_view last_line = text.empty() || text.ends_with('\n') ? "#" : "\n#";
  try {
    std::istringstream stream(std::string(text).append(last_line));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Refused& refused) {
    return At(name, refused.line, refused.message);
  } catch (const YAML::Exception& error) {
    if (error.mark.is_null()) {
      return Error(absl::StatusCode::kInvalidArgument, "{}: not YAML", name);
    }
    return At(name, error.mark.line + 1, fmt::format("not YAML: {}", WithoutContent(error.msg)));
  } catch (const std::exception&) {
    return Error(absl::StatusCode::kInvalidArgument, "{}: not YAML", name);
  }
  return builder.root();
}

}  // namespace edge
