%% Terms for the benchmark and for the tests of the codec, and what a BEAM makes of them.
%% corpus:write(Dir): the bench terms b_*.etf and the tricky terms t_NNN_name.etf, as the BEAM writes them;
%%   print.tsv, how it prints each (~0p, ~0tp, ~w); order.txt, how it orders each pair (< = >, capital E if =:=).
%% corpus:check(Dir, Codec): compares what Codec wrote (Dir/Codec.rt) with the originals.
%% corpus:bench(Ms): how fast the BEAM itself encodes and decodes the bench terms.
-module(corpus).
-export([write/1, check/2, check/3, bench/1, bench/2, bench_terms/0, tricky/0]).

pid() -> list_to_pid("<0.123.0>").
remote_pid() -> binary_to_term(<<131,88,119,14,"node@127.0.0.1",0,0,1,44,0,0,0,7,16#5f,16#3a,16#99,16#01>>).
remote_ref() -> binary_to_term(<<131,90,0,3,119,14,"node@127.0.0.1",16#5f,16#3a,16#99,16#01,0,2,1,44,1,2,3,4,250,1,2,3>>).
text200(I) ->
    S = lists:flatten(io_lib:format("~4..0w ", [I])) ++ lists:append(lists:duplicate(40, [16#e9, $a, $b, 16#4e2d, $ ])),
    unicode:characters_to_binary(lists:sublist(S, 200)).

bench_terms() ->
    [{gen_call, {'$gen_call', {remote_pid(), [alias | remote_ref()]}, {erlang, node, []}}},
     {map1k, load_kb1()},
     {ints10k, [(I * 7919) rem 100000 || I <- lists:seq(1, 10000)]},
     {floats1k, [I * 1.37 + 0.01 || I <- lists:seq(1, 1000)]},
     {strs, [text200(I) || I <- lists:seq(1, 100)]},
     {obs64k, {observation, 17, binary:copy(<<1,2,3,4,5,6,7,200>>, 8192)}},
     {deep, lists:foldl(fun(I, A) -> [I, A] end, [], lists:seq(1, 500))}].

load_kb1() ->
    #{<<"id">> => 1234567, <<"name">> => <<"observation">>, <<"active">> => true,
      <<"tags">> => [<<"alpha">>, <<"beta">>, <<"gamma">>, <<"delta">>],
      <<"pos">> => [1.5, -2.25, 1000.125],
      <<"grid">> => lists:seq(1, 64) ++ lists:seq(1000, 1031),
      <<"nested">> => #{a => 1, b => {ok, [x, y, z]}, c => #{<<"k">> => <<"a longer string value with some text in it">>}},
      <<"text">> => binary:copy(<<"lorem ipsum dolor ">>, 18)}.

f(Bits) -> <<F/float>> = <<Bits:64>>, F.
%% {name, Bytes}; what they mean is binary_to_term(Bytes)
tricky() ->
    T = fun(X) -> term_to_binary(X) end, T0 = fun(X, O) -> term_to_binary(X, O) end,
    [{int_0, T(0)}, {int_255, T(255)}, {int_256, T(256)}, {int_neg1, T(-1)}, {int_max31, T(16#7fffffff)}, {int_min31, T(-16#80000000)},
     {int_2p31, T(1 bsl 31)}, {int_2p32, T(1 bsl 32)}, {int_2p53m1, T((1 bsl 53) - 1)}, {int_2p53, T(1 bsl 53)}, {int_2p53p1, T((1 bsl 53) + 1)},
     {int_2p63m1, T((1 bsl 63) - 1)}, {int_2p63, T(1 bsl 63)}, {int_m2p63, T(-(1 bsl 63))}, {int_m2p63m1, T(-(1 bsl 63) - 1)},
     {int_2p64, T(1 bsl 64)}, {int_2p64m1, T((1 bsl 64) - 1)}, {int_256bytes, T((1 bsl 2048) + 12345)}, {int_neg_large, T(-((1 bsl 3000) + 7))},
     {float_0, T(0.0)}, {float_neg0, T(-0.0)}, {float_1, T(1.0)}, {float_max, T(f(16#7fefffffffffffff))}, {float_denorm, T(f(1))}, {float_pi, T(3.141592653589793)},
     {float_old, T0(3.25, [{minor_version, 0}])},
     {nil, T([])}, {tuple0, T({})}, {tuple1, T({a})}, {tuple256, T(list_to_tuple(lists:seq(1, 256)))}, {list_1, T([a])},
     {improper, T([a, b | c])}, {improper_bin, T([1 | <<"x">>])}, {string_ext, T("abc")}, {string_65535, T(lists:duplicate(65535, 7))}, {list_65536, T(lists:duplicate(65536, 7))},
     {list_ints_small_as_list, <<131,108,0,0,0,3,97,1,97,2,97,3,106>>}, {charlist_unicode, T([16#4e2d, 16#20ac])},
     {bin_empty, T(<<>>)}, {bin_bytes, T(<<0, 255, 128, 200>>)}, {bin_utf8, T(<<"grüße 中"/utf8>>)}, {bits_1, T(<<1:1>>)}, {bits_13, T(<<16#abc:13>>)},
     {atom_true, T(true)}, {atom_false, T(false)}, {atom_nil, T(nil)}, {atom_null, T(null)}, {atom_undefined, T(undefined)}, {atom_empty, T('')},
     {atom_utf8, T(binary_to_atom(<<"été中"/utf8>>, utf8))}, {atom_255, T(list_to_atom(lists:duplicate(255, $a)))},
     {atom_utf8_765bytes, T(binary_to_atom(unicode:characters_to_binary(lists:duplicate(255, 16#4e2d)), utf8))},
     {atom_latin1_old, <<131,100,0,4,"caf",233>>}, {atom_small_latin1, <<131,115,4,"caf",233>>},
     {map_empty, T(#{})}, {map_mixed_keys, T(#{1 => a, <<"1">> => b, '1' => c, 1.0 => d, {1} => e, [1] => f})}, {map_bin_keys, T(#{<<"a">> => 1, <<"b">> => [2]})},
     {map_atom_keys, T(#{a => 1, b => 2})}, {map_map_key, T(#{#{a => 1} => 2})}, {map_proto, T(#{<<"__proto__">> => #{<<"polluted">> => 1}})}, {map_40, T(maps:from_list([{I, I} || I <- lists:seq(1, 40)]))},
     {nested_mix, T([{ok, #{k => [<<"v">>, {1, 2.5, 'A'}]}}, [[], [[]]]])},
     {pid_local_new, T(pid())}, {pid_creation32, T(remote_pid())}, {pid_old, <<131,103,119,14,"node@127.0.0.1",0,0,1,44,0,0,0,7,2>>},
     {ref_new, T(remote_ref())}, {ref_5words, <<131,90,0,5,119,14,"node@127.0.0.1",16#5f,16#3a,16#99,16#01,0,2,1,44,1,2,3,4,250,1,2,3,1,1,1,1,2,2,2,2>>},
     {ref_old114, <<131,114,0,3,119,14,"node@127.0.0.1",2,0,2,1,44,1,2,3,4,250,1,2,3>>},
     {port_new, <<131,89,119,14,"node@127.0.0.1",0,0,0,9,16#5f,16#3a,16#99,16#01>>}, {port_v4, <<131,120,119,14,"node@127.0.0.1",0,0,0,1,0,0,0,9,16#5f,16#3a,16#99,16#01>>},
     {export, T(fun lists:map/2)}, {fun_new, T(fun_value())}, {alias_tag, T([alias | remote_ref()])},
     {compressed, T0(lists:duplicate(2000, <<"compress me">>), [compressed])}, {local_ext, <<131,121,1,2,3,4,5,6,7,8,104,1,97,1>>}].

more() ->
    T = fun(X) -> term_to_binary(X, [{minor_version, 2}]) end,
    Words = fun(N, C) -> <<131, 90, N:16, 119, 14, "node@127.0.0.1", C:32, <<<<W:32>> || W <- lists:seq(100, 99 + N)>>/binary>> end,
    Pid = fun(Node, Id, Serial, C) -> <<131, 88, 119, (byte_size(Node)), Node/binary, Id:32, Serial:32, C:32>> end,
    A = fun(Codes) -> T(binary_to_atom(unicode:characters_to_binary(Codes), utf8)) end,
    U = fun(Codes) -> T(unicode:characters_to_binary(Codes)) end,
    [{int_65535, T(65535)}, {int_m128, T(-128)}, {int_m256, T(-256)}, {int_2p24, T(1 bsl 24)}, {int_m2p31m1, T(-(1 bsl 31) - 1)},
     {int_m2p32, T(-(1 bsl 32))}, {int_2p40, T(1 bsl 40)}, {int_2p48m1, T((1 bsl 48) - 1)}, {int_m2p48, T(-(1 bsl 48))},
     {int_m2p53, T(-(1 bsl 53))}, {int_m2p53p1, T(-(1 bsl 53) + 1)}, {int_2p56, T(1 bsl 56)}, {int_255bytes, T((1 bsl 2040) - 1)},
     {int_2p2040, T(1 bsl 2040)}, {int_1e100, T(round(math:pow(10, 20)) * round(math:pow(10, 20)))}, {int_65536bytes, T(1 bsl (8 * 65535))},
     {int_big_small, <<131, 110, 3, 0, 5, 0, 0>>}, {int_big_zero, <<131, 110, 0, 0>>}, {int_big_neg_zero, <<131, 110, 2, 1, 0, 0>>}, {int_large_small, <<131, 111, 0, 0, 0, 2, 1, 1, 1>>},
     {float_tenth, T(0.1)}, {float_third, T(1 / 3)}, {float_1e15, T(1.0e15)}, {float_1e16, T(1.0e16)}, {float_1e22, T(1.0e22)}, {float_1e300, T(1.5e300)},
     {float_1em5, T(1.0e-5)}, {float_1em4, T(1.0e-4)}, {float_2p53, T(9007199254740992.0)}, {float_2p53m1, T(9007199254740991.0)}, {float_2p60, T(1152921504606846976.0)},
     {float_neg, T(-1.5)}, {float_min_normal, T(f(16#0010000000000000))}, {float_100, T(100.0)}, {float_neg_max, T(f(16#ffefffffffffffff))}, {int_2p60, T(1 bsl 60)}, {int_2p60p1, T((1 bsl 60) + 1)},
     {atom_space, T('foo bar')}, {atom_upper, T('Foo')}, {atom_at, T('foo@bar')}, {atom_question, T('foo?')}, {atom_dash, T('a-b')}, {atom_plus, T('+')}, {atom_end, T('end')},
     {atom_module, T('Elixir.Enum')}, {atom_elixir, T('Elixir')}, {atom_submodule, T('Elixir.Foo.Bar')}, {atom_no_module, T('Elixir.foo')}, {atom_underscore, T('_x')},
     {atom_newline, T('a\nb')}, {atom_quote, T('it\'s')}, {atom_double, T('a"b')}, {atom_backslash, T('\\')}, {atom_emoji, A([16#1f600])}, {atom_private, A([16#e000])},
     {atom_255_emoji, A(lists:duplicate(255, 16#1f600))}, {atom_latin1, A([16#df, 16#e9])}, {atom_upper_latin1, A([16#c9])}, {atom_nul, T('a\0b')}, {atom_digit, T('1a')}, {atom_empty_map, T('%{}')},
     {atom_interpolation, T('#{x}')}, {atom_256_bytes, A(lists:duplicate(128, 16#e9))},
     {str_hello, T("hello world")}, {str_controls, T("\t\n\e")}, {str_quotes, T("a\"b'c\\")}, {list_zero, T([0])}, {list_bell, T([7])}, {list_127, T([127])}, {list_233, T([233])},
     {list_160, T([160])}, {list_mixed, T([a, "abc", <<"abc">>])}, {list_neg, T([1, -1])}, {list_256, T([255, 256])}, {list_floats, T([1.0, 1.5, -2.5])}, {keyword, T([{a, 1}, {'foo bar', 2}, {nil, 3}])},
     {keyword_module, T([{'Elixir.Foo', 1}])}, {keyword_not, T([{a, 1}, {2, 3}])}, {keyword_improper, T([{a, 1} | b])}, {lists_empty, T([[], [[]], {}])}, {list_of_strings, T(["ab", "cd"])},
     {list_ext_nil, <<131, 108, 0, 0, 0, 0, 106>>}, {list_ext_chain, <<131, 108, 0, 0, 0, 1, 97, 1, 108, 0, 0, 0, 1, 97, 2, 106>>}, {list_ext_string_tail, <<131, 108, 0, 0, 0, 1, 97, 1, 107, 0, 2, 2, 3>>}, {list_ext_only_tail, <<131, 108, 0, 0, 0, 0, 97, 9>>},
     {improper_long, T([1, 2, 3 | 4])}, {improper_nested, T([[1 | 2] | {3}])}, {tuple255, T(list_to_tuple(lists:seq(1, 255)))}, {tuple_large_ext, <<131, 105, 0, 0, 0, 2, 97, 1, 97, 2>>}, {tuple_nested, T({{}, {{}}, {{{}}}})},
     {bin_controls, T(<<"\t\n\r\e\"#{x}\\">>)}, {bin_nul, T(<<"a", 0>>)}, {bin_del, T(<<127>>)}, {bin_bad_utf8, T(<<"a", 255, "b">>)}, {bin_latin1, T(<<233, 232>>)}, {bin_latin1_utf8, U([16#e9])}, {bin_zero_width, U([16#200b])},
     {bin_bom, U([16#feff, $a])}, {bin_emoji, U([16#1f469, 16#200d, 16#1f469])}, {bin_noncharacter, <<131, 109, 0, 0, 0, 3, 239, 191, 191>>}, {bin_surrogate, T(<<237, 160, 128>>)}, {bin_5000, T(binary:copy(<<"0123456789">>, 500))},
     {bin_65536, T(binary:copy(<<0, 1, 2, 3>>, 16384))}, {bits_7, T(<<255, 1:7>>)}, {bits_text, T(<<"abc", 5:4>>)}, {bits_8, <<131, 77, 0, 0, 0, 2, 8, 1, 2>>}, {bits_dirty, <<131, 77, 0, 0, 0, 1, 3, 255>>},
     {map_numbers, T(#{1 => a, 1.0 => b, (1 bsl 70) => c})}, {map_nested, T(#{a => #{b => #{c => []}}})}, {map_33, T(maps:from_list([{list_to_atom("k" ++ integer_to_list(I)), I} || I <- lists:seq(1, 33)]))}, {map_100, T(maps:from_list([{{I, I}, I} || I <- lists:seq(1, 100)]))},
     {map_lists, T(#{[] => 1, "a" => 2, [b] => 3, [1 | 2] => 4})}, {map_tuple_keys, T(#{{1, 2} => a, {1, 2.0} => b, {1} => c})}, {map_pid_key, T(#{remote_pid() => 1, remote_ref() => 2})}, {map_quoted_keys, T(#{'foo bar' => 1, 'Foo' => 2})},
     {map_atoms_and_more, T(#{a => 1, "b" => 2})}, {map_true, T(#{true => 1, nil => 2, false => 3})}, {map_unordered, <<131, 116, 0, 0, 0, 2, 119, 1, "b", 97, 1, 119, 1, "a", 97, 2>>}, {map_bits_key, T(#{<<1:1>> => 1, <<1:2>> => 2})}, {map_map_keys, T(#{#{} => 1, #{a => 1} => 2, #{a => 1.0} => 3})},
     {pid_zero, Pid(<<"a@b">>, 0, 0, 1)}, {pid_serial, Pid(<<"node@127.0.0.1">>, 16#7fff, 16#1fff, 7)}, {pid_other_node, Pid(<<"zzz@127.0.0.1">>, 300, 7, 16#5f3a9901)}, {pid_other_creation, Pid(<<"node@127.0.0.1">>, 300, 7, 5)},
     {ref_1word, Words(1, 5)}, {ref_2words, Words(2, 5)}, {ref_4words, Words(4, 5)}, {ref_3words, Words(3, 6)}, {ref_old101, <<131, 101, 119, 14, "node@127.0.0.1", 0, 0, 0, 9, 2>>},
     {port_28bits, <<131, 89, 119, 14, "node@127.0.0.1", 15, 255, 255, 255, 0, 0, 0, 9>>}, {port_v4_29bits, <<131, 120, 119, 14, "node@127.0.0.1", 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 9>>}, {port_v4_small, <<131, 120, 119, 14, "node@127.0.0.1", 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9>>}, {port_old102, <<131, 102, 119, 14, "node@127.0.0.1", 0, 0, 0, 9, 2>>},
     {export_quoted, T(fun 'foo bar':'X'/1)}, {export_operator, T(fun erlang:'+'/2)}, {export_elixir, T(fun 'Elixir.Enum':map/2)}, {export_arity, T(fun lists:map/3)}, {fun_no_env, T(fun_plain())}, {fun_two, T(fun_env(1, [a]))},
     {fun_unknown, <<131, 112, 0, 0, 0, 74, 1, 204, 172, 201, 98, 52, 75, 246, 63, 79, 8, 169, 12, 154, 24, 3, 52, 0, 0, 0, 1, 0, 0, 0, 1, 119, 6, "nowher", 97, 0, 98, 1, 2, 3, 4, 88, 119, 13, "nonode@nohost", 0, 0, 0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 97, 42>>},
     {gen_call, T({'$gen_call', {remote_pid(), [alias | remote_ref()]}, {erlang, node, []}})}, {gen_cast, T({'$gen_cast', {mettagrid, step_game, [<<"g1">>, [0, 3]]}})}, {reply, T({[alias | remote_ref()], {ok, #{rewards => [0.0, 1.0, 0.5]}}})},
     {stack, T([{lists, map, 2, [{file, "lists.erl"}, {line, 1239}]}])}, {deep_list, T(lists:foldl(fun(_, L) -> [L] end, [], lists:seq(1, 3000)))}, {deep_tuple, T(lists:foldl(fun(_, L) -> {a, L} end, {}, lists:seq(1, 3000)))},
     {deep_map, T(lists:foldl(fun(I, L) -> #{a => I, b => L} end, #{}, lists:seq(1, 1500)))}, {deep_map_key, T(lists:foldl(fun(I, L) -> #{L => I} end, #{}, lists:seq(1, 600)))}, {compressed_long, term_to_binary(lists:seq(1, 5000), [{compressed, 9}, {minor_version, 2}])}].

fun_plain() -> fun(X) -> X end.
fun_env(A, B) -> fun() -> {A, B} end.

fun_value() -> X = 42, fun(Y) -> X + Y end.

all() -> tricky() ++ more().

write(Dir) ->
    [ok = file:write_file(filename:join(Dir, "b_" ++ atom_to_list(N) ++ ".etf"), term_to_binary(T)) || {N, T} <- bench_terms()],
    lists:foldl(fun({N, B}, I) ->
        ok = file:write_file(filename:join(Dir, lists:flatten(io_lib:format("t_~3..0w_~s.etf", [I, N]))), B), I + 1 end, 1, all()),
    Terms = [{N, binary_to_term(B)} || {N, B} <- all(), N =/= local_ext],
    Print = [[atom_to_list(N), [["\t", io_lib:format(F, [T])] || F <- ["~0p", "~0tp", "~w"]], "\n"] || {N, T} <- Terms],
    ok = file:write_file(filename:join(Dir, "print.tsv"), unicode:characters_to_binary(Print)),
    Order = [[[case {X =:= Y, X == Y, X < Y} of {true, _, _} -> $E; {_, true, _} -> $=; {_, _, true} -> $<; _ -> $> end || {_, Y} <- Terms], "\n"] || {_, X} <- Terms],
    ok = file:write_file(filename:join(Dir, "order.txt"), Order),
    io:format("~p terms~n", [length(all())]).

%% result lines: NAME TAB (ok|decode_error|encode_error) TAB base64-or-message
%% Strict: the bytes must be those of the BEAM where it has only one form.
check(Dir, Codec) -> check(Dir, Codec, loose).
check(Dir, Codec, Strict) ->
    {ok, B} = file:read_file(filename:join(Dir, Codec ++ ".rt")),
    Ls = [list_to_tuple(binary:split(L, <<"\t">>, [global])) || L <- binary:split(B, <<"\n">>, [global]), L =/= <<>>],
    Src = maps:from_list([begin {ok, X} = file:read_file(F), [_, Rest] = string:split(filename:basename(F, ".etf"), "_"),
                                [_, N] = string:split(Rest, "_"), {list_to_binary(N), X} end || F <- filelib:wildcard(filename:join(Dir, "t_*.etf"))]),
    R = [begin
             Want = try {term, binary_to_term(maps:get(N, Src))} catch _:_ -> bytes end,
             V = case S of
                     <<"ok">> ->
                         Got = base64:decode(X),
                         case Want of
                             {term, W} when Strict =/= loose ->
                                 %% Byte for byte, if the original is what this BEAM writes itself; the same term anyhow.
                                 Canonical = term_to_binary(W, [{minor_version, 2}]),
                                 Same = binary_to_term(Got) =:= W,
                                 if Got =:= Canonical -> same; Canonical =:= map_get(N, Src) -> {not_canonical, Got}; Same -> same; true -> {differs, Got} end;
                             {term, W} -> try binary_to_term(Got) of
                                              W2 when W2 =:= W, W =/= 0.0 -> same;
                                              W2 when W2 =:= W -> case term_to_binary(W2) =:= term_to_binary(W) of true -> same; false -> {differs, W2} end;
                                              W2 -> {differs, W2}
                                          catch _:_ -> {invalid_bytes, ok} end;
                             bytes -> case Got =:= maps:get(N, Src) of true -> same; false -> {differs, Got} end
                         end;
                     _ -> {binary_to_atom(S), X}
                 end,
             {N, V}
         end || {N, S, X} <- Ls],
    Bad = [{N, V} || {N, V} <- R, V =/= same],
    io:format("~s: ~p of ~p same~n", [Codec, length(R) - length(Bad), length(R)]),
    [io:format("   ~s: ~s~n", [N, lists:sublist(lists:flatten(io_lib:format("~0tP", [V, 9])), 110)]) || {N, V} <- Bad],
    ok.

%% prints lines {"term":..,"op":..,"ops":..}
bench(Ms) -> bench(Ms, [Name || {Name, _} <- bench_terms()]).
bench(Ms, Names) ->
    [begin
         B = term_to_binary(T), Self = self(), %% the fastest slice of 5 ms counts
         spawn_opt(fun() ->
             [begin
                  N = calibrate(F, 1, 5),
                  Us = lists:min([element(1, timer:tc(fun() -> loop(F, N) end)) || _ <- lists:seq(1, max(1, Ms div 5))]),
                  io:format("{\"term\":\"~s\",\"op\":\"~s\",\"ops\":~.3f}~n", [Name, Op, N * 1.0e6 / max(1, Us)])
              end || {Op, F} <- [{encode, fun() -> term_to_binary(T) end}, {decode, fun() -> binary_to_term(B) end}]],
             Self ! done
         end, [{min_heap_size, 100000}]),
         receive done -> ok end
     end || {Name, T} <- bench_terms(), lists:member(Name, Names)].
calibrate(F, N, Ms) ->
    {Us, _} = timer:tc(fun() -> loop(F, N) end),
    if Us < 10000 -> calibrate(F, N * 4, Ms); true -> max(1, N * Ms * 1000 div Us) end.
loop(_, 0) -> ok;
loop(F, N) -> F(), loop(F, N - 1).
